/** Lines of a secret chat that wait until their files are at a relay. */
import assert from 'node:assert/strict'
import { decodeBody, encodeBody, type MediaBody } from '../../../src/protocol/message/index.js'
import { base32Text, CODEC, cidOf, LIMITS, NotFoundError, type PetrelError } from '../../../src/protocol/wire/index.js'
import { RecordKeys } from '../../../src/node/records/index.js'
import { KeptLines } from '../../../src/node/secret/kept-lines.js'
import { saidRow } from '../../../src/node/secret/lines.js'
import { NOTHING_GOT } from '../../../src/node/secret/numbers.js'
import { SecretChat } from '../../../src/node/secret/secret-chat.js'
import { SecretStore } from '../../../src/node/secret/store.js'
import { lineView } from '../../../src/node/secret/view.js'
import { editSecret, reactSecret } from '../../../src/node/verbs/secrets.js'
import { openMemoryStore } from '../../../src/store/memory/index.js'
import { NOW } from '../../protocol/crypto/mls/people.js'
import { pair } from '../../protocol/crypto/secret/pair.js'

const device = new Uint8Array(34).fill(7)
const file = { root: cidOf(CODEC.raw, Uint8Array.of(1)), key: new Uint8Array(32), size: 1, sha256: new Uint8Array(32), at: [] }
const body = (text: string): Uint8Array => encodeBody({ kind: 'media', as: 'file', file, text })
const id = (n: number): Uint8Array => new Uint8Array(16).fill(n)

type Settled = (outcome: { body: Uint8Array } | { error: PetrelError }) => void

describe('lines that wait for their files', () => {
  let chat: SecretChat
  let store: SecretStore
  let kept: KeptLines
  let doubt: string | null
  /** By what they say: how each ends, and which nobody wants any more. */
  let coming: Map<string, Settled>
  let ended: string[]
  let changed: () => void

  beforeEach(async () => {
    const { bob } = await pair()
    const { kv } = await openMemoryStore()
    doubt = null
    coming = new Map()
    ended = []
    changed = () => undefined
    store = new SecretStore({ kv, keys: new RecordKeys(new Uint8Array(32)), store: { scrub: async () => undefined }, files: { dropped: () => [] } })
    chat = new SecretChat({
      store, now: () => NOW, steady: () => NOW, log: () => undefined, mlsFor: () => bob.options.mls, doubt: () => doubt, isUndecided: () => false, erased: () => undefined, changed: () => { changed() }, over: async () => { throw new Error('nobody else was asked') },
      updates: { write: async (ops: Parameters<typeof kv.batch>[0], events: unknown[]) => { await kv.batch(ops); if (events.length > 0) changed() } } as never
    }, {
      chat: bob.session.mls.groupId, peer: device, device, manifest: new Uint8Array(), stage: 'open', createdAt: NOW, timer: 0, session: null, asked: null,
      next: 1, got: NOTHING_GOT, gapEpoch: null, theirs: NOTHING_GOT, read: 0, peerRead: 0, rows: 0, unread: 0
    }, bob.session)
    kept = begin()
  })
  afterEach(async () => { await kept.stop() })

  function begin (): KeptLines {
    const lines = new KeptLines({
      chats: () => [chat], store, log: () => undefined,
      files: {
        bring: (bytes, settled) => {
          const { text = '' } = decodeBody(bytes) as MediaBody
          coming.set(text, settled)
          brought()
          return () => { ended.push(text); brought() }
        }
      }
    })
    lines.start()
    return lines
  }

  let brought: () => void = () => undefined
  /** Waits until files are asked for, or not wanted any more. */
  const until = async (fits: () => boolean): Promise<void> => { while (!fits()) await new Promise<void>(resolve => { brought = resolve }) }
  const keep = async (n: number, text: string): Promise<void> => { await kept.keep(chat, saidRow(chat, { n: 0, own: true, id: id(n), at: NOW, body: body(text), ttl: 0 }), []) }
  const change = async (): Promise<void> => { await new Promise<void>(resolve => { changed = resolve }) }
  /** The numbers of the frames that are on their way. */
  const outs = async (): Promise<number[]> => (await Array.fromAsync(store.outs(chat.record.chat))).map(({ n }) => n)
  /** What was said and how far it is, oldest first. */
  const lines = async (): Promise<unknown[]> => (await store.rows(chat.record.chat, Infinity, 100)).reverse().map(({ row, value }) => { const { text, state } = lineView(chat.record, row, value, false); return [text, state] })

  it('are numbered when their files are there, in that order; others pass them', async () => {
    await keep(1, 'large')
    await keep(2, 'small')
    await until(() => coming.size === 2)
    assert.deepEqual([await lines(), chat.record.next], [[['large', 'waiting'], ['small', 'waiting']], 1])
    await chat.say({ kind: 'screenshot' })
    for (const text of ['small', 'large']) {
      const sealed = change()
      coming.get(text)?.({ body: body(text) })
      await sealed
    }
    const numbers = (await store.rows(chat.record.chat, Infinity, 100)).reverse().map(({ value }) => value.n)
    assert.deepEqual([numbers, await store.kept(chat.record.chat)], [[3, 2], []])
  })

  it('are followed by the reaction that was put under them while they waited', async () => {
    await keep(1, 'liked')
    await until(() => coming.size === 1)
    const core = { secrets: { records: store, delivery: { hasPosted: () => false }, book: { all: () => [chat] } }, contacts: { nameOf: () => 'bob' } } as never
    await reactSecret(core, 'bob', base32Text(id(1)), ['👍'])
    await editSecret(core, 'bob', base32Text(id(1)), 'liked more', {})
    assert.deepEqual([await outs(), chat.record.next], [[], 1])
    const sealed = change()
    coming.get('liked')?.({ body: body('liked') })
    await sealed
    await chat.exclusive(async () => await Promise.resolve())
    assert.deepEqual([await outs(), await lines(), chat.record.next], [[1, 2], [['liked more', 'waiting']], 3])
  })

  it('say so when their files are lost', async () => {
    await keep(1, 'lost')
    await until(() => coming.size === 1)
    const failed = change()
    coming.get('lost')?.({ error: new NotFoundError('gone') })
    await failed
    assert.deepEqual([await lines(), await store.kept(chat.record.chat), chat.record.next], [[['lost', 'failed']], [], 1])
  })

  it('go on after a start, with the words that they have by then', async () => {
    await keep(1, 'before')
    await until(() => coming.size === 1)
    await kept.stop()
    coming.clear()
    const [{ row, value } = assert.fail()] = await store.rows(chat.record.chat, Infinity, 1)
    await chat.change({}, { ops: [await store.putRow(chat.record.chat, row, { ...value, body: body('after') })] })
    kept = begin()
    await until(() => coming.has('after'))
    const sealed = change()
    coming.get('after')?.({ body: body('as it was brought') })
    await sealed
    assert.deepEqual(await lines(), [['after', 'waiting']])
    assert.equal(chat.record.next, 2)
  })

  it('are wanted no more when they were erased', async () => {
    await keep(1, 'erased')
    await until(() => coming.size === 1)
    const [{ row, value } = assert.fail()] = await store.rows(chat.record.chat, Infinity, 1)
    await chat.change({}, { ops: store.dropRow(chat.record.chat, row, value) })
    kept.kick()
    await until(() => ended.length === 1)
    assert.deepEqual(ended, ['erased'])
    assert.equal(chat.record.next, 1)
  })

  it('are not sealed for a device in doubt, and are no more than so many', async () => {
    await keep(1, 'doubted')
    await until(() => coming.size === 1)
    doubt = 'the contact has revoked the device'
    coming.get('doubted')?.({ body: body('doubted') })
    await assert.rejects(keep(2, 'another'), { code: 'ERR_PROOF' })
    doubt = null
    const sealed = change()
    kept.kick()
    await sealed
    assert.equal(chat.record.next, 2)
    for (let n = 0; n < LIMITS.secretKeptLines; n++) await keep(n + 2, `${n}`)
    await assert.rejects(keep(200, 'too many'), { code: 'ERR_QUOTA' })
  })
})
