/** What every Petrel does with files, in this process or behind a socket. */
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { AbortedError, BadInputError, NotFoundError, type ChatMessage, type MediaDraft, type MediaTransfer, type Petrel } from '../../../src/protocol/api/index.js'

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

async function * inPieces (bytes: Uint8Array, size = 50_000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

/** Cases of the contract about files, between two who share one chat. */
export function mediaContract (pair: () => { alice: Petrel, bob: Petrel }): void {
  describe('with files', () => {
    const bytes = randomBytes(700_001)
    const draft: MediaDraft = { name: 'notes å\u202e.bin', type: 'application/x-notes', size: bytes.length, sha256: sha256(bytes), as: 'file' }
    let alice: Petrel
    let bob: Petrel
    let chat: string
    let sent: ChatMessage

    before(async () => {
      ({ alice, bob } = pair())
      chat = (await alice.listChats())[0]!.id
      const { file, notes } = await alice.addMedia(draft, inPieces(bytes))
      assert.deepEqual(notes, [])
      sent = await alice.send(chat, 'my notes', { media: [file.id], wait: 'delivered' })
    })

    it('carries a file with its caption, and what its author says of it', async () => {
      const got = await bob.getMessage(chat, sent.id)
      assert.equal(got.text, 'my notes')
      assert.equal(got.kind, 'media')
      const [file] = got.media
      assert.ok(file !== undefined)
      assert.deepEqual([file.name, file.type, file.as, file.size, file.sha256], [draft.name, draft.type, 'file', bytes.length, sha256(bytes)])
      assert.equal(sent.media[0]?.id, file.id)
    })

    it('gives the other side the same bytes, whole and by ranges', async () => {
      assert.ok(Buffer.concat(await Array.fromAsync(bob.readMedia(chat, sent.id))).equals(bytes))
      const ranges: [number | undefined, number | undefined][] = [[0, 1], [bytes.length - 1, bytes.length], [262_143, 262_145], [300_000, undefined], [undefined, 10], [5, 5], [bytes.length, undefined]]
      for (const [start, end] of ranges) {
        const part = Buffer.concat(await Array.fromAsync(bob.readMedia(chat, sent.id, { ...(start === undefined ? {} : { start }), ...(end === undefined ? {} : { end }) })))
        assert.ok(part.equals(bytes.subarray(start, end)), `${start ?? ''}-${end ?? ''}`)
      }
    })

    it('lets a reader leave in the middle, and call on', async () => {
      for await (const piece of bob.readMedia(chat, sent.id)) { assert.ok(piece.length > 0); break }
      assert.equal((await bob.mediaInfo(chat, sent.id)).file.size, bytes.length)
    })

    it('refuses ranges outside the file, files that are not there, and ends with its signal', async () => {
      await assert.rejects(Array.fromAsync(bob.readMedia(chat, sent.id, { start: 0, end: bytes.length + 1 })), BadInputError)
      await assert.rejects(Array.fromAsync(bob.readMedia(chat, sent.id, { start: 2, end: 1 })), BadInputError)
      await assert.rejects(Array.fromAsync(bob.readMedia(chat, sent.id, { item: 1 })), NotFoundError)
      await assert.rejects(Array.fromAsync(bob.readMedia(chat, 'bnosuchmessage')), NotFoundError)
      await assert.rejects(bob.mediaInfo(chat, sent.id, { item: 3 }), NotFoundError)
      await assert.rejects(Array.fromAsync(bob.readMedia(chat, sent.id, { signal: AbortSignal.abort() })), AbortedError)
    })

    it('takes the same file in again', async () => {
      const { file } = await alice.addMedia(draft, inPieces(bytes))
      assert.deepEqual([file.sha256, file.name], [sha256(bytes), draft.name])
    })

    it('refuses bytes that are not what the draft says', async () => {
      const small = Buffer.from('small')
      await assert.rejects(alice.addMedia({ size: 6 }, inPieces(small)), BadInputError)
      await assert.rejects(alice.addMedia({ size: 4 }, inPieces(small)), BadInputError)
      await assert.rejects(alice.addMedia({ size: 5, sha256: sha256(Buffer.from('other')) }, inPieces(small)))
    })

    it('keeps nothing of a file whose bytes cannot be read to the end', async () => {
      const broken = async function * (): AsyncGenerator<Uint8Array> { yield Buffer.alloc(1000); throw new RangeError('the disk is gone') }
      await assert.rejects(alice.addMedia({ size: 200_000 }, broken()), /the disk is gone/)
    })

    it('sends several as an album, and no caption is needed', async () => {
      const files = []
      for (const [name, text] of [['one.txt', 'first'], ['two.txt', 'second']] as const) {
        const content = Buffer.from(text)
        files.push((await alice.addMedia({ name, size: content.length, as: 'file' }, inPieces(content))).file.id)
      }
      const album = await alice.send(chat, '', { media: files, wait: 'delivered' })
      const got = await bob.getMessage(chat, album.id)
      assert.deepEqual([got.kind, got.text, got.media.map(({ name }) => name)], ['album', '', ['one.txt', 'two.txt']])
      assert.equal(Buffer.concat(await Array.fromAsync(bob.readMedia(chat, album.id, { item: 1 }))).toString(), 'second')
    })

    it('lists files, the newest first, in pages', async () => {
      const first = await bob.listMedia({ chat, limit: 2 })
      assert.deepEqual(first.items.map(({ file }) => file.name), ['one.txt', 'two.txt'])
      assert.ok(first.next !== null)
      const rest = await bob.listMedia({ chat, limit: 2, before: first.next })
      assert.deepEqual([rest.items.map(({ file }) => file.name), rest.next], [[draft.name], null])
      assert.equal(rest.items[0]?.message, sent.id)
      assert.deepEqual((await bob.listMedia({ as: 'photo' })).items, [])
    })

    it('tells of files on their way, and ends with its signal', async () => {
      const abort = new AbortController()
      const seen: MediaTransfer[] = []
      const content = randomBytes(1000)
      const { file } = await alice.addMedia({ name: 'late.bin', size: content.length, as: 'file' }, inPieces(content))
      const watching = assert.rejects(async () => {
        for await (const transfer of alice.transfers({ media: [file.id], signal: abort.signal })) {
          seen.push(transfer)
          if (transfer.state === 'done') abort.abort()
        }
      }, AbortedError)
      await alice.send(chat, '', { media: [file.id] })
      await watching
      assert.deepEqual([seen.at(-1)?.direction, seen.at(-1)?.media, seen.at(-1)?.bytes === seen.at(-1)?.total], ['upload', file.id, true])
    })

    it('gives an address for a player, and makes room', async () => {
      const { url, expiresAt } = await bob.mediaUrl(chat, sent.id, { expiresInMs: 60_000 })
      assert.match(url, /^http:\/\/127\.0\.0\.1:\d+\//)
      assert.ok(expiresAt.getTime() > Date.now())
      const { files, bytes: freed } = await bob.purgeMedia({ chat, message: sent.id })
      assert.equal(files, 1)
      assert.ok(freed >= bytes.length)
    })
  })
}
