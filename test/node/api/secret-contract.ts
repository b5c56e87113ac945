/** What every Petrel does about secret chats, in this process or behind a socket. */
import assert from 'node:assert/strict'
import { ForbiddenError, NotFoundError, type Petrel, type SecretInfo, type SecretLine } from '../../../src/protocol/api/index.js'

/** Runs the suite; `open` gives two nodes that are each other's contacts. */
export function secretContract (open: () => { alice: Petrel, bob: Petrel }): void {
  /** Looks again after each update until there is something. */
  async function until<T> (petrel: Petrel, look: () => Promise<T | undefined>): Promise<T> {
    const stop = new AbortController()
    const now = await look()
    if (now !== undefined) return now
    for await (const _ of petrel.receive({ follow: true, signal: stop.signal })) {
      const found = await look()
      if (found !== undefined) return found
    }
    throw new Error('the updates ended')
  }
  const line = async (petrel: Petrel, id: string, fits: (line: SecretLine) => boolean): Promise<SecretLine> => await until(petrel, async () => (await petrel.secretLines(id)).find(fits))

  describe('about secret chats', () => {
    let secret: SecretInfo

    it('begins one, which the other accepts', async () => {
      const { alice, bob } = open()
      const { account } = await bob.identity()
      secret = await alice.startSecret(account, { timer: 3600 })
      assert.deepEqual([secret.state, secret.timer, secret.account, secret.path], ['asking', 3600, account, null])
      await assert.rejects(alice.sendSecret(secret.id, 'too early'), ForbiddenError)
      await until(bob, async () => (await bob.listSecrets()).find(({ id, state }) => id === secret.id && state === 'asked'))
      assert.equal((await bob.acceptSecret(secret.id)).state, 'open')
      await until(alice, async () => (await alice.showSecret(secret.id)).state === 'open' ? true : undefined)
      await assert.rejects(bob.acceptSecret(secret.id), ForbiddenError)
      await assert.rejects(bob.showSecret('nosuchsecret'), NotFoundError)
    })

    it('carries messages, edits, reactions, read marks and deletes', async () => {
      const { alice, bob } = open()
      const { id } = secret
      const said = await alice.sendSecret(id, 'hello', { entities: [{ type: 'bold', offset: 0, length: 5 }] })
      assert.deepEqual([said.kind, said.own, said.text, said.ttl, said.entities], ['message', true, 'hello', 3600, [{ type: 'bold', offset: 0, length: 5 }]])
      const heard = await line(bob, id, ({ text }) => text === 'hello')
      assert.deepEqual([heard.id, heard.own, heard.state, heard.at instanceof Date], [said.id, false, null, true])
      assert.equal((await bob.showSecret(id)).unread, 1)
      const reply = await bob.sendSecret(id, 'hi', { replyTo: heard.id ?? '' })
      assert.equal((await line(alice, id, ({ text }) => text === 'hi')).replyTo, said.id)
      await alice.editSecret(id, said.id ?? '', 'hello there', { entities: [{ type: 'italic', offset: 6, length: 5 }] })
      const edited = await line(bob, id, ({ text }) => text === 'hello there')
      assert.deepEqual([edited.edited, edited.entities], [true, [{ type: 'italic', offset: 6, length: 5 }]])
      await bob.reactSecret(id, said.id ?? '', ['👍'])
      await line(alice, id, ({ reactions }) => reactions.theirs[0] === '👍')
      await bob.readSecret(id)
      await line(alice, id, one => one.id === said.id && one.state === 'read')
      assert.equal((await bob.showSecret(id)).unread, 0)
      await bob.deleteSecret(id, [reply.id ?? ''])
      await until(alice, async () => (await alice.secretLines(id)).some(({ text }) => text === 'hi') ? undefined : true)
      await assert.rejects(bob.editSecret(id, said.id ?? '', 'not mine'), ForbiddenError)
      assert.equal((await alice.secretLines(id, { limit: 1 })).length, 1)
    })

    it('carries files, which the other reads whole and in part', async () => {
      const { alice, bob } = open()
      const { id } = secret
      const bytes = Uint8Array.from({ length: 300_000 }, (_, i) => i % 251)
      const { file } = await alice.addMedia({ name: 'notes.bin', size: bytes.length, secret: true }, (async function * () { for (let at = 0; at < bytes.length; at += 50_000) yield await Promise.resolve(bytes.subarray(at, at + 50_000)) })())
      const said = await alice.sendSecret(id, '', { media: [file.id] })
      assert.deepEqual([said.text, said.media.map(({ name, size }) => [name, size])], ['', [['notes.bin', bytes.length]]])
      await line(bob, id, one => one.id === said.id)
      const read = async (options: { start?: number, end?: number, item?: number } = {}): Promise<Buffer> => Buffer.concat(await Array.fromAsync(bob.readSecretMedia(id, said.id ?? '', options)))
      assert.ok((await read()).equals(bytes))
      assert.ok((await read({ start: 262_143, end: 262_145 })).equals(bytes.subarray(262_143, 262_145)))
      assert.equal((await bob.secretMediaInfo(id, said.id ?? '')).sha256, file.sha256)
      await assert.rejects(read({ item: 1 }), NotFoundError)
      await assert.rejects(bob.secretMediaInfo(id, 'bnosuchmessage'), NotFoundError)
      await alice.deleteSecret(id, [said.id ?? ''])
    })

    it('has a timer, a code to compare, a word for pictures, and an end', async () => {
      const { alice, bob } = open()
      const { id } = secret
      assert.equal((await alice.setSecretTimer(id, 60)).timer, 60)
      await until(bob, async () => (await bob.showSecret(id)).timer === 60 ? true : undefined)
      assert.deepEqual(await alice.secretCode(id), await bob.secretCode(id))
      await alice.noteScreenshot(id)
      await alice.closeSecret(id)
      await until(bob, async () => (await bob.showSecret(id)).state === 'closed' ? true : undefined)
      assert.deepEqual(await alice.secretLines(id), [])
      await assert.rejects(bob.sendSecret(id, 'x'), ForbiddenError)
    })

    it('says that the code was compared, and forgets one that is closed', async () => {
      const { alice, bob } = open()
      const { id } = await alice.startSecret((await bob.identity()).account)
      assert.equal((await alice.showSecret(id)).verified, false)
      assert.equal((await alice.setSecretVerified(id, true)).verified, true)
      await assert.rejects(alice.forgetSecret(id), ForbiddenError)
      await alice.closeSecret(id)
      await alice.forgetSecret(id)
      await assert.rejects(alice.showSecret(id), NotFoundError)
      assert.ok((await alice.listSecrets()).every(one => one.id !== id))
    })
  })
}
