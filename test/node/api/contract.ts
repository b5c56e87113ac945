/** What every Petrel does, in this process or behind a socket. */
import assert from 'node:assert/strict'
import { activityContract } from './activity-contract.js'
import { changesContract } from './changes-contract.js'
import { mediaContract } from './media-contract.js'
import { secretContract } from './secret-contract.js'
import { wordsContract } from './words-contract.js'
import { AbortedError, BadInputError, NotFoundError, TooLargeError, type ChatInfo, type Petrel, type Update, type UpdateEvent } from '../../../src/protocol/api/index.js'

/** Two introduced nodes: contacts of each other who share one direct chat. */
export interface Pair { alice: Petrel, bob: Petrel, stop (): Promise<void> }

/** Runs the suite against what `makePair` gives. */
export function petrelContract (name: string, makePair: () => Promise<Pair>): void {
  describe(`Petrel: ${name}`, () => {
    let pair: Pair
    let alice: Petrel
    let bob: Petrel

    before(async () => {
      pair = await makePair()
      alice = pair.alice
      bob = pair.bob
    })
    after(async () => { await pair.stop() })

    describe('about itself', () => {
      it('says who it is, with a link to share', async () => {
        const identity = await alice.identity()
        assert.ok(identity.account.length > 20 && identity.device.length > 20)
        assert.match(identity.link, /^petrel:/)
        assert.notEqual(identity.account, (await bob.identity()).account)
      })

      it('tells its status, with dates as Dates', async () => {
        const status = await alice.status()
        assert.deepEqual(status.identity, await alice.identity())
        assert.ok(status.since instanceof Date && status.since.getTime() <= Date.now())
        assert.equal(status.contacts, 1)
        assert.equal(status.chats, 1)
        assert.equal(status.store, 'open')
        assert.ok(Array.isArray(status.warnings) && Array.isArray(status.relays))
      })

      it('lists peers, relays, requests and what the doctor finds', async () => {
        assert.ok(Array.isArray(await alice.peers()))
        assert.ok(Array.isArray(await alice.listRelays()))
        assert.deepEqual(await alice.listRequests(), [])
        for (const finding of await alice.doctor()) assert.equal(typeof finding.message, 'string')
      })

      it('refuses what is not there with NotFoundError', async () => {
        await assert.rejects(alice.removeRelay('/ip4/127.0.0.1/tcp/1/p2p/12D3KooWNobody'), NotFoundError)
        await assert.rejects(alice.moveInbox('/ip4/127.0.0.1/tcp/1/p2p/12D3KooWNobody'), NotFoundError)
        await assert.rejects(alice.acceptRequest('bnosuchrequest'), NotFoundError)
        await assert.rejects(alice.declineRequest('bnosuchrequest'), NotFoundError)
        await assert.rejects(alice.revokeInvite('bnosuchinvite'), NotFoundError)
      })

      it('takes another name, and refuses what is none', async () => {
        for (const name of [' ', 'a\u0007b', '\u202eecila']) await assert.rejects(alice.renameAccount(name), BadInputError)
        const before = await alice.identity()
        assert.equal((await alice.renameAccount(' Alicia ')).name, 'Alicia')
        assert.equal((await alice.identity()).name, 'Alicia')
        await alice.renameAccount(before.name)
      })

      it('gives a backup as the bytes of one file, to its end or as far as somebody reads', async () => {
        const whole = Buffer.concat(await Array.fromAsync(alice.backup({ passphrase: 'x' })))
        assert.equal(whole.subarray(0, 14).toString(), 'petrel-backup\n')
        assert.ok(whole.length > 1000)
        for await (const piece of alice.backup({ passphrase: 'x', media: true })) { assert.ok(piece.length > 0); break }
        const nowhere = { head: whole.subarray(0, 18 + whole.readUInt32BE(14)).toString('base64'), chunk: 'AAAA', index: 0, tag: '' }
        await assert.rejects(Array.fromAsync(alice.backup({ resume: nowhere })), NotFoundError)
        await assert.rejects(Array.fromAsync(alice.backup({ passphrase: 'x', signal: AbortSignal.abort() })), AbortedError)
      })

      it('takes no card of the 24 words that is none', async () => {
        await assert.rejects(alice.setRecoveryCard('AAAA'), BadInputError)
      })

      it('does not delete an account on a wrong word', async () => {
        await assert.rejects(alice.deleteAccount('yes'), BadInputError)
        assert.equal((await alice.status()).contacts, 1)
      })
    })

    describe('with contacts', () => {
      it('lists the other, and takes an alias and gives it back', async () => {
        const [contact] = await alice.listContacts()
        const other = await bob.identity()
        assert.equal(contact?.account, other.account)
        assert.equal(contact.selfName, other.name)
        assert.ok(contact.addedAt instanceof Date)
        const renamed = await alice.renameContact(other.account, 'bobby')
        assert.equal(renamed.name, 'bobby')
        assert.equal((await alice.listContacts())[0]?.alias, 'bobby')
        assert.equal((await alice.showChat('bobby')).chat.peer, other.account)
        const plain = await alice.renameContact('bobby', null)
        assert.equal(plain.alias, null)
        assert.equal(plain.name, other.name)
      })

      it('finds a contact by a prefix of its id, and nobody by a wrong one', async () => {
        const { account } = await bob.identity()
        assert.equal((await alice.safetyNumber(account.slice(0, -4))).account, account)
        await assert.rejects(alice.safetyNumber('12D3KooWNobodyAtAll'), NotFoundError)
      })

      it('gives both sides the same safety number, and keeps that it was compared', async () => {
        const a = await alice.safetyNumber((await bob.identity()).account)
        const b = await bob.safetyNumber((await alice.identity()).account)
        assert.match(a.digits, /^(\d{5} ){11}\d{5}$/)
        assert.equal(a.digits, b.digits)
        assert.equal((await alice.setVerified(a.account, true)).verified, true)
        assert.equal((await alice.safetyNumber(a.account)).verified, true)
        assert.equal((await alice.setVerified(a.account, false)).verified, false)
      })

      it('makes, lists and revokes invites', async () => {
        const before = (await alice.listInvites()).length
        const invite = await alice.createInvite({ expiresInMs: 3_600_000 })
        assert.match(invite.link, /^petrel:/)
        assert.ok(invite.expiresAt instanceof Date && invite.expiresAt > invite.createdAt)
        assert.ok((await alice.listInvites()).some(({ id }) => id === invite.id))
        await alice.revokeInvite(invite.id)
        assert.equal((await alice.listInvites()).length, before)
      })

      it('lists and renames its device, meets no new one by what is no link, and does not put itself out', async () => {
        const [own] = await alice.listDevices()
        assert.deepEqual([own!.current, own!.revoked, own!.device], [true, false, (await alice.identity()).device])
        assert.equal((await alice.renameDevice(own!.device, 'desk')).name, 'desk')
        assert.equal((await alice.listDevices())[0]!.name, 'desk')
        await assert.rejects(alice.renameDevice('12D3KooWNobody', 'x'), NotFoundError)
        await assert.rejects(alice.approveDevice('petrel:nothing'), BadInputError)
        await assert.rejects(alice.confirmDevice('bnosuchmeeting', false), NotFoundError)
        await assert.rejects(alice.revokeDevice(own!.device), BadInputError)
        await assert.rejects(alice.revokeDevice('12D3KooWNobody'), NotFoundError)
      })

      it('refuses a link that is none', async () => {
        await assert.rejects(alice.addContact('https://example.org/'), BadInputError)
      })
    })

    describe('with messages', () => {
      const chatOf = async (petrel: Petrel): Promise<ChatInfo> => {
        const [chat] = await petrel.listChats()
        assert.ok(chat !== undefined)
        return chat
      }

      it('carries a text to the other, with one id and one number on both sides', async () => {
        const chat = await chatOf(alice)
        const sent = await alice.send(chat.id, 'Hello \u{1F426}\u2028"\\\n\u0000 end', { wait: 'delivered' })
        assert.equal(sent.own, true)
        assert.ok(sent.state === 'delivered' || sent.state === 'read')
        const got = await bob.getMessage(chat.id, sent.id)
        assert.equal(got.text, 'Hello \u{1F426}\u2028"\\\n\u0000 end')
        assert.equal(got.seq, sent.seq)
        assert.equal(got.own, false)
        assert.equal(got.state, null)
        assert.equal(got.from, (await alice.identity()).account)
        assert.ok(got.at instanceof Date)
      })

      it('has a message stored when send returns', async () => {
        const { id } = await chatOf(alice)
        const sent = await alice.send(id, 'stored')
        assert.ok(sent.state === 'stored' || sent.state === 'delivered' || sent.state === 'read')
        assert.equal((await alice.getMessage(id, sent.id)).text, 'stored')
      })

      it('sends once for one idempotency key', async () => {
        const { id } = await chatOf(alice)
        const [first, second] = await Promise.all([alice.send(id, 'once', { idempotencyKey: 'k1' }), alice.send(id, 'once', { idempotencyKey: 'k1' })])
        const third = await alice.send(id, 'once', { idempotencyKey: 'k1' })
        assert.equal(second.id, first.id)
        assert.equal(third.id, first.id)
        const { messages } = await alice.showChat(id)
        assert.equal(messages.filter(message => message.text === 'once').length, 1)
      })

      it('keeps the order of one caller', async () => {
        const { id } = await chatOf(alice)
        await Promise.all(Array.from({ length: 10 }, async (_, i) => await alice.send(id, `in order ${i}`, { wait: 'delivered' })))
        const texts = (await bob.showChat(id)).messages.map(({ text }) => text).filter(text => text.startsWith('in order'))
        assert.deepEqual(texts, Array.from({ length: 10 }, (_, i) => `in order ${i}`))
      })

      it('carries replies and entities', async () => {
        const { id } = await chatOf(alice)
        const question = await alice.send(id, 'a bold question', { entities: [{ type: 'bold', offset: 2, length: 4 }], wait: 'delivered' })
        const reply = await bob.send(id, 'an answer', { replyTo: question.id, wait: 'delivered' })
        assert.equal((await alice.getMessage(id, reply.id)).replyTo?.id, question.id)
        assert.deepEqual((await bob.getMessage(id, question.id)).entities, [{ type: 'bold', offset: 2, length: 4 }])
      })

      it('refuses texts that are too long or no text, unknown chats and unknown messages', async () => {
        const { id } = await chatOf(alice)
        assert.equal((await alice.send(id, 'x'.repeat(4096))).text.length, 4096)
        await assert.rejects(alice.send(id, 'x'.repeat(4097)), TooLargeError)
        await assert.rejects(alice.send(id, 'half \ud800'), BadInputError)
        await assert.rejects(alice.send('bnosuchchat', 'x'), NotFoundError)
        await assert.rejects(alice.getMessage(id, 'bnosuchmessage'), NotFoundError)
      })

      it('shows a chat in pages, oldest first', async () => {
        const { id } = await chatOf(alice)
        const newest = await alice.showChat(id, { limit: 3 })
        assert.equal(newest.messages.length, 3)
        assert.equal(newest.hasMore, true)
        const numbers = newest.messages.map(({ seq }) => seq ?? 0)
        assert.deepEqual(numbers, [...numbers].sort((a, b) => a - b))
        const older = await alice.showChat(id, { limit: 3, before: numbers[0]! })
        assert.ok(older.messages.every(({ seq }) => (seq ?? 0) < numbers[0]!))
      })

      it('counts what is unread, and tells the author when it was read', async () => {
        const { id } = await chatOf(alice)
        // What earlier tests sent has arrived when a later message has.
        await alice.send(id, 'the last of the old ones', { wait: 'delivered' })
        await bob.readChat(id)
        const sent = await alice.send(id, 'read me', { wait: 'delivered' })
        assert.equal((await chatOf(bob)).unread, 1)
        const { title, unread } = await bob.readChat(id)
        assert.equal(unread, 0)
        assert.ok(await eventOf(bob, event => event.type === 'chat' && event.change === 'read' && event.title === title))
        assert.equal((await alice.send(id, 'read me too', { wait: 'delivered' })).own, true)
        const seen = eventOf(alice, event => event.type === 'messageState' && event.id === sent.id && event.state === 'read')
        assert.ok(await seen)
        assert.equal((await alice.getMessage(id, sent.id)).state, 'read')
      })

      it('forwards messages, with their author\'s name or without', async () => {
        const { id } = await chatOf(alice)
        const one = await alice.send(id, 'pass it on', { wait: 'delivered', entities: [{ type: 'bold', offset: 0, length: 4 }] })
        const two = await alice.send(id, 'and this', { replyTo: one.id, wait: 'delivered' })
        await assert.rejects(alice.forwardMessages(id, [], id), BadInputError)
        await assert.rejects(alice.forwardMessages(id, ['bnosuchmessage'], id), NotFoundError)
        await assert.rejects(alice.forwardMessages(id, [one.id], 'nobody'), NotFoundError)
        const sent = await bob.forwardMessages((await chatOf(bob)).id, [two.id, one.id], (await chatOf(bob)).id, { wait: 'delivered', idempotencyKey: 'on' })
        assert.deepEqual(sent.map(({ text, own, replyTo, forwardedFrom }) => ({ text, own, replyTo, name: forwardedFrom?.name, at: forwardedFrom?.at })), [
          { text: 'and this', own: true, replyTo: null, name: two.fromName, at: two.at }, { text: 'pass it on', own: true, replyTo: null, name: one.fromName, at: one.at }
        ])
        assert.deepEqual(sent[1]!.entities, one.entities)
        const again = await bob.forwardMessages((await chatOf(bob)).id, [two.id, one.id], (await chatOf(bob)).id, { idempotencyKey: 'on' })
        assert.deepEqual(again.map(message => message.id), sent.map(message => message.id))
        // An origin that is there stays; a hidden one is told to nobody.
        const [back] = await alice.forwardMessages(id, [sent[1]!.id], id)
        assert.equal(back!.forwardedFrom?.name, one.fromName)
        assert.equal((await alice.forwardMessages(id, [back!.id], id, { hideOrigin: true }))[0]!.forwardedFrom, null)
      })

      it('finds messages by their words, the newest first, in pages, and not what was taken back', async () => {
        const { id } = await chatOf(alice)
        const one = await alice.send(id, 'a storm petrel over the sea', { wait: 'delivered' })
        const two = await bob.send(id, 'Petrel: which one?', { wait: 'delivered' })
        await eventOf(alice, event => event.type === 'message' && event.message.id === two.id)
        // On a busy machine it may be behind, and says so.
        while ((await alice.searchMessages({ query: 'petrel' })).pending > 0);
        const page = await alice.searchMessages({ query: 'petrel', chat: id, limit: 1 })
        assert.deepEqual([page.messages.map(({ message, matches }) => [message.id, message.own, matches]), page.hasMore, page.pending], [[[two.id, false, [{ offset: 0, length: 6 }]]], true, 0])
        const rest = await alice.searchMessages({ query: 'petrel', before: page.next! })
        assert.deepEqual([rest.messages.map(({ message, matches }) => [message.id, matches]), rest.hasMore, rest.next], [[[one.id, [{ offset: 8, length: 6 }]]], false, null])
        assert.deepEqual((await alice.searchMessages({ query: 'petrel', from: 'me', since: new Date(0) })).messages.map(({ message }) => message.id), [one.id])
        await alice.deleteMessages(id, [one.id])
        assert.ok(await eventOf(bob, event => event.type === 'messageDeleted' && event.id === one.id))
        assert.deepEqual((await bob.searchMessages({ query: 'petrel storm' })).messages, [])
        assert.ok((await bob.rebuildSearch()).messages > 0)
        await assert.rejects(alice.searchMessages({ chat: id }), BadInputError)
        await assert.rejects(alice.searchMessages({ query: 'x', chat: 'bnosuchchat' }), NotFoundError)
      })

      it('takes messages back for all', async () => {
        const { id } = await chatOf(alice)
        const sent = await alice.send(id, 'not for long', { wait: 'delivered' })
        await assert.rejects(alice.deleteMessages(id, []), BadInputError)
        await assert.rejects(alice.deleteMessages(id, ['bnosuchmessage']), NotFoundError)
        const gone = eventOf(bob, event => event.type === 'messageDeleted' && event.id === sent.id && event.seq === sent.seq)
        await alice.deleteMessages(id, [sent.id], { wait: 'queued' })
        assert.ok(await gone)
        const { deleted, text } = await bob.getMessage(id, sent.id)
        assert.deepEqual([deleted, text], [true, ''])
      })

      it('gives up waiting for a reader when told to, and the message stays', async () => {
        const { id } = await chatOf(alice)
        const abort = new AbortController()
        const waiting = alice.send(id, 'not read yet', { wait: 'read', signal: abort.signal })
        await eventOf(bob, event => event.type === 'message' && event.message.text === 'not read yet')
        abort.abort()
        await assert.rejects(waiting, AbortedError)
        assert.equal((await bob.showChat(id)).messages.at(-1)?.text, 'not read yet')
      })
    })

    mediaContract(() => ({ alice, bob }))
    changesContract(() => ({ alice, bob }))
    wordsContract(() => ({ alice, bob }))
    activityContract(() => ({ alice, bob }))
    secretContract(() => ({ alice, bob }))

    describe('with updates', () => {
      it('numbers them from 1 without gaps, each with its Date', async () => {
        const updates = await all(bob.receive())
        assert.ok(updates.length > 5)
        assert.deepEqual(updates.map(({ n }) => n), updates.map((_, i) => i + 1))
        assert.ok(updates.every(({ at }) => at instanceof Date))
      })

      it('gives a consumer again what it has not acknowledged, and nothing else', async () => {
        const [first, second] = await all(bob.receive({ consumer: 'app' }))
        assert.equal(first?.n, 1)
        await bob.acknowledge('app', 1)
        assert.deepEqual((await all(bob.receive({ consumer: 'app' })))[0], second)
        assert.equal((await all(bob.receive({ consumer: 'other' })))[0]?.n, 1)
        await bob.acknowledge('app', 2)
        await bob.acknowledge('app', 1)
        assert.equal((await all(bob.receive({ consumer: 'app' })))[0]?.n, 3)
        assert.equal((await all(bob.receive({ consumer: 'app', after: 0 })))[0]?.n, 1)
      })

      it('says that a number has not come yet, in place of handing out nothing until it has', async () => {
        const { updates } = await bob.status()
        for (const follow of [true, false]) await assert.rejects(all(bob.receive({ after: updates + 1000, follow })), BadInputError)
      })

      it('follows with what comes until it is told to stop, and says that it was', async () => {
        const [chat] = await alice.listChats()
        const before = (await bob.status()).updates
        const last = (await all(bob.receive())).at(-1)?.n ?? 0
        const after = (await bob.status()).updates
        assert.ok(before > 0 && before <= last && last <= after)
        const abort = new AbortController()
        const got: string[] = []
        const loop = assert.rejects(async () => {
          for await (const { event } of bob.receive({ after: last, follow: true, signal: abort.signal })) {
            if (event.type === 'message') got.push(event.message.text)
            if (got.length === 3) abort.abort()
          }
        }, AbortedError)
        for (const text of ['one', 'two', 'three']) await alice.send(chat!.id, text)
        await loop
        assert.deepEqual(got, ['one', 'two', 'three'])
      })

      it('lets a loop be left, and calls be made inside it', async () => {
        for await (const { n } of bob.receive({ consumer: 'inside' })) {
          await bob.acknowledge('inside', n)
          if (n === 2) break
        }
        assert.equal((await all(bob.receive({ consumer: 'inside' })))[0]?.n, 3)
      })
    })

    it('does nothing for a signal that has aborted already', async () => {
      const signal = AbortSignal.abort()
      await assert.rejects(alice.identity({ signal }), AbortedError)
      await assert.rejects(all(alice.receive({ signal })), AbortedError)
      const [chat] = await alice.listChats()
      await assert.rejects(alice.send(chat!.id, 'given up before', { signal }), AbortedError)
      await alice.send(chat!.id, 'and not sent')
      const texts = (await alice.showChat(chat!.id)).messages.map(({ text }) => text)
      assert.deepEqual([texts.includes('given up before'), texts.includes('and not sent')], [false, true])
    })
  })
}

/** Everything a stream gives until it ends. */
async function all (updates: AsyncIterable<Update>): Promise<Update[]> { return await Array.fromAsync(updates) }

/** The first update whose event fits, from the beginning; waits for it. */
async function eventOf (petrel: Petrel, fits: (event: UpdateEvent) => boolean): Promise<UpdateEvent | undefined> {
  for await (const { event } of petrel.receive({ follow: true, signal: AbortSignal.timeout(50_000) })) if (fits(event)) return event
  return undefined
}
