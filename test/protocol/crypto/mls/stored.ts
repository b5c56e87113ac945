/** What an earlier build stored of a group, as it must be read for ever. */
import assert from 'node:assert/strict'
import { readCloudKeyPackage, readCloudKeyPackagePrivate } from '../../../../src/protocol/crypto/index.js'
import { hex, unhex } from '../vectors.js'
import { accept, text, trusting } from './people.js'

/** A run of the engine, in hex: see test/vectors/mls.json. */
export interface MlsVector { bobPublic: string, bobPrivate: string, gpq: string, groupId: string, welcome: string, annBefore: string, annAfter: string, update: string, updateHash: string, exported: string }

/** @throws when the code reads it in another way */
export async function checkStoredMls (v: MlsVector): Promise<void> {
  const engine = trusting()
  assert.equal(text((await readCloudKeyPackage(engine, unhex(v.bobPublic))).identity), 'bob')
  const bob = await engine.join({ welcome: unhex(v.welcome), keyPackage: readCloudKeyPackagePrivate(unhex(v.bobPrivate)).mls, gpq: unhex(v.gpq), groupId: unhex(v.groupId) })
  const taken = await engine.process(bob, unhex(v.update), accept)
  assert.equal(text(taken.updated!.after.identity), 'ann 2')
  const ann = engine.decodeState(unhex(v.annAfter))
  for (const state of [taken.state!, ann]) assert.equal(hex(await engine.exportSecret(state, 'petrel/cloud/v1', unhex(v.groupId), 32)), v.exported)
  assert.equal(hex(engine.encodeState(ann)), v.annAfter)
  assert.equal(engine.decodeState(unhex(v.annBefore)).epoch, 0)
}
