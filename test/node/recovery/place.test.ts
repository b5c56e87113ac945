import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openHome } from '../../../src/node/index.js'
import { beginPlace, type RecoveryPlace } from '../../../src/node/recovery/place.js'
import { openParts } from '../../../src/node/restored-home.js'
import { signerFromSeed } from '../../../src/protocol/wire/index.js'

describe('the place of a recovered account', () => {
  const account = signerFromSeed(randomBytes(32)).key
  const unlock = { kind: 'keyfile' } as const
  const text = (value: string): Uint8Array => new TextEncoder().encode(value)
  let dir: string
  const begin = async (): Promise<RecoveryPlace> => await beginPlace({ dir, unlock, account })

  beforeEach(async () => { dir = await mkdtemp(join(tmpdir(), 'petrel-place-')) })
  afterEach(async () => { await rm(dir, { recursive: true }) })

  it('is of one attempt: of two at once the first that ends has the home, with its own store, and nothing of the other stays', async () => {
    const [first, second] = [await begin(), await begin()]
    for (const [name, place] of [['first', first], ['second', second]] as const) await place.store.kv.batch([{ type: 'put', key: text('zz'), value: text(name) }])
    const identity = { name: 'ada', manifest: new Uint8Array(3), recovery: new Uint8Array(5) }
    await first.finish(identity)
    await assert.rejects(second.finish(identity), { code: 'ERR_EXISTS' })
    await first.close()
    await second.close()
    assert.deepEqual((await readdir(dir)).sort(), ['key', 'keystore', 'store'])
    const home = await openHome(dir, unlock)
    const { store } = await openParts(join(dir, 'store'), home.storeKey, account, home.device)
    assert.deepEqual(await store.kv.get(text('zz')), text('first'))
    await store.close()
    home.close()
  })

  it('has nothing of attempts that are over', async () => {
    for (const name of ['.recovering', '.recovering-999999999-00ff']) {
      await mkdir(join(dir, name))
      await writeFile(join(dir, name, 'file'), 'left')
    }
    const place = await begin()
    assert.deepEqual((await readdir(dir)).filter(name => !name.startsWith(`.recovering-${process.pid}-`)), [])
    await place.close()
    assert.deepEqual(await readdir(dir), [])
  })
})
