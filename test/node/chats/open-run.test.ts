/** What a device's messages vouch for: one signature of a run, and nothing that is not of the run. */
import assert from 'node:assert/strict'
import { sealMessage } from '../../../src/protocol/crypto/index.js'
import { encodeBody, signMessage } from '../../../src/protocol/message/index.js'
import { chainNext, encodeLeaf, ENTRY_KIND, entryHash, leafFor, PetrelError, type CheckedManifest, type Digest, type Signer, type VerifiedEntry } from '../../../src/protocol/wire/index.js'
import { readAlone } from '../../../src/node/chats/log-machine.js'
import { openRun } from '../../../src/node/chats/open-run.js'
import { RunsBack } from '../../../src/node/chats/past/runs-back.js'
import { Family, fill, key } from '../../protocol/wire/kit.js'

const ann = new Family(10)
const bob = new Family(20)
const LOG = fill(34, 3)
const CONTENT = fill(32, 9)
const PLACE = { log: LOG, epoch: 1, content: CONTENT }

interface Written { readonly text: string, readonly family: Family, readonly devSeq: number, readonly prevOwn: Digest | null, readonly signer?: Signer, readonly as?: Signer }

/** A log of messages as their authors sealed them, whoever signed them. */
class Scene {
  readonly entries: VerifiedEntry[] = []
  #hash: Digest = fill(32)

  write ({ text, family, devSeq, prevOwn, signer = family.phone, as = family.phone }: Written): Digest {
    const seq = this.entries.length + 1
    const id = fill(16, seq)
    // Whoever forges says whose it is, and signs with what it has.
    const device: Signer = { key: as.key, sign: (label, bytes) => signer.sign(label, bytes) }
    const signed = signMessage({ v: 1, chat: LOG, epoch: 1, id, account: family.account.key, devSeq, prevOwn, seen: { term: 1, seq: 0, hash: fill(32) }, ts: 1, body: encodeBody({ kind: 'text', text }) }, device)
    const payload = sealMessage(CONTENT, signed, { log: LOG, epoch: 1, id })
    const leaf = leafFor({ id, kind: ENTRY_KIND.data, payload }, seq, 1)
    this.#hash = chainNext(this.#hash, encodeLeaf(leaf))
    this.entries.push({ leaf, hash: this.#hash, payload })
    return entryHash(payload)
  }

  /** What each number says, read forwards in pages of some size, and read backwards; undefined for what is held. */
  read (page: number, members: readonly CheckedManifest[]): { forwards: Array<string | undefined>, backwards: Array<string | undefined> } {
    const forwards: Array<string | undefined> = []
    for (let at = 0; at < this.entries.length; at += page) {
      const some = this.entries.slice(at, at + page)
      const opened = openRun(some, PLACE)
      for (const { leaf } of some) {
        const one = opened.get(leaf.seq)
        forwards.push(one === undefined || one instanceof PetrelError ? undefined : Buffer.from(one.message.body).toString('latin1'))
      }
    }
    const runs = new RunsBack()
    const backwards = this.entries.toReversed().map(entry => {
      const row = readAlone(entry, { ...PLACE, members }, runs)
      return row.kind === 'held' || row.body === null ? undefined : Buffer.from(row.body).toString('latin1')
    }).toReversed()
    return { forwards, backwards }
  }
}

describe('the messages of a device in one epoch', () => {
  const members = [ann.sign(ann.first()), bob.sign(bob.first())]
  const has = (text: string | undefined, words: string): boolean => text?.includes(words) === true

  it('are vouched for by the newest of them: each names the one before, and only one signature is looked at', () => {
    const scene = new Scene()
    let prevOwn: Digest | null = null
    // All but the last are signed by nobody that counts: what names them is enough.
    for (let n = 1; n <= 5; n++) prevOwn = scene.write({ text: `ann ${n}`, family: ann, devSeq: n, prevOwn, ...n < 5 ? { signer: key(99) } : {} })
    const { forwards, backwards } = scene.read(10, members)
    for (let n = 1; n <= 5; n++) assert.ok(has(forwards[n - 1], `ann ${n}`) && has(backwards[n - 1], `ann ${n}`), String(n))
  })

  it('are not looked at a second time where this device has sealed them itself', () => {
    const scene = new Scene()
    const first = scene.write({ text: 'ann 1', family: ann, devSeq: 1, prevOwn: null, signer: key(99) })
    scene.write({ text: 'ann 2', family: ann, devSeq: 2, prevOwn: first, signer: key(99) })
    const own = openRun(scene.entries, PLACE, ({ leaf }) => leaf.seq === 2)
    assert.deepEqual([...own.values()].map(one => one instanceof PetrelError), [false, false])
    const others = openRun(scene.entries, PLACE, () => false)
    assert.ok(others.get(2) instanceof PetrelError)
  })

  it('are none that somebody else has forged in the middle of a run: in its place, beside it, or as the newest', () => {
    const scene = new Scene()
    const first = scene.write({ text: 'ann 1', family: ann, devSeq: 1, prevOwn: null })
    scene.write({ text: 'forged beside', family: ann, devSeq: 2, prevOwn: first, signer: key(99) })
    const second = scene.write({ text: 'ann 2', family: ann, devSeq: 2, prevOwn: first })
    const bobs = scene.write({ text: 'bob 1', family: bob, devSeq: 1, prevOwn: null })
    scene.write({ text: 'ann 3', family: ann, devSeq: 3, prevOwn: second })
    scene.write({ text: 'forged newest', family: ann, devSeq: 4, prevOwn: second, signer: key(99) })
    scene.write({ text: 'bob 2', family: bob, devSeq: 2, prevOwn: bobs })
    for (const page of [10, 3, 1]) {
      const { forwards, backwards } = scene.read(page, members)
      for (const read of [forwards, backwards]) {
        assert.deepEqual(read.map(one => one !== undefined), [true, false, true, true, true, false, true])
        assert.ok(!read.some(one => has(one, 'forged')))
      }
    }
  })

  it('are none that another device names: nobody vouches for what somebody else is to have said', () => {
    const scene = new Scene()
    const forged = scene.write({ text: 'forged', family: ann, devSeq: 1, prevOwn: null, signer: bob.phone })
    // Bob names it as the one before his own, and as what it is not.
    scene.write({ text: 'bob 2', family: bob, devSeq: 2, prevOwn: forged })
    const other = scene.write({ text: 'forged too', family: ann, devSeq: 7, prevOwn: null, signer: key(99) })
    scene.write({ text: 'ann 3', family: ann, devSeq: 3, prevOwn: other })
    const { forwards, backwards } = scene.read(10, members)
    for (const read of [forwards, backwards]) assert.deepEqual(read.map(one => one !== undefined), [false, true, false, true])
  })
})
