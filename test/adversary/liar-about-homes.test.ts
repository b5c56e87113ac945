/** Relays that lie about where somebody lives and which devices they have, and about letters. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { contactView } from '../../src/node/contacts/index.js'
import { METHOD, openManifest, pb, sameBytes, signManifest, type CheckedManifest, type LogId, type Manifest } from '../../src/protocol/wire/index.js'
import { createRelay, type Relay } from '../../src/relay/index.js'
import { eventually } from '../node/small-world.js'
import { until, untilText } from '../node/world.js'
import { insider, type Insider } from './insider.js'
import { LyingRelay } from './lying-relay.js'

describe('a relay that lies about a contact\'s manifest', () => {
  let relay: LyingRelay
  let dir: string
  let alice: Insider
  let bob: Insider
  let old: CheckedManifest

  before(async () => {
    relay = await LyingRelay.start()
    dir = await mkdtemp(join(tmpdir(), 'petrel-test-'))
    alice = await insider(dir, 'alice', relay.addresses())
    bob = await insider(dir, 'bob', relay.addresses())
    await alice.node.addContact((await bob.node.createInvite()).link)
    await until(alice.node, e => e.type === 'contact' && e.change === 'changed')
    old = bob.core.account.manifest
    // Two versions more: what was named by mistake, and put right.
    await bob.core.account.takeManifest(bob.core.account.nextManifest({ keyPackages: [] }, Date.now())!.bytes)
    await bob.core.publisher.publish(relay.key)
    await refresh()
    assert.ok(sameBytes(contact().manifest, bob.core.account.manifest.bytes))
  })
  after(async () => {
    await alice.node.close()
    await bob.node.close()
    await relay.stop()
    await rm(dir, { recursive: true, force: true })
  })
  afterEach(() => { relay.lies = {} })

  const contact = (): ReturnType<typeof alice.core.contacts.all>[number] => alice.core.contacts.all()[0]!
  const refresh = async (): Promise<unknown> => await alice.core.finder.refresh(contact(), { everywhere: true })
  /** Whoever asks for a manifest, by whatever call, is given this one. */
  const tells = (manifest: Uint8Array): void => {
    relay.lies = {
      reply: ({ method }, body) => method === METHOD.getManifest ? pb.ManifestReply.encode({ manifest }) : method === METHOD.findManifest ? pb.FindManifestReply.encode({ manifests: [manifest] }) : body
    }
  }
  const fork = (change: Partial<Manifest>): Uint8Array => signManifest({ ...openManifest(contact().manifest).manifest, ...change }, bob.core.account.device)

  it('and brings back an older one is not believed, and the person is told', async () => {
    tells(old.bytes)
    await refresh()
    assert.ok(sameBytes(contact().manifest, bob.core.account.manifest.bytes))
    assert.match(contactView(contact()).notice ?? '', /know only version \d+ .* refused/)
    assert.equal(contactView(contact()).alarm, null)
    relay.lies = {}
    await refresh()
    assert.equal(contactView(contact()).notice, null, 'and is forgiven once it is honest')
  })

  it('and has another one of the same number raises an alarm: nothing is sent, and no chat is made', async () => {
    const held = contact().manifest
    tells(fork({ time: 5 }))
    await refresh()
    await until(alice.node, e => e.type === 'contact' && e.change === 'alarm')
    assert.match(contactView(contact()).alarm ?? '', /contradict/)
    assert.ok(sameBytes(contact().manifest, held))
    assert.equal(contact().contested?.length, 1, 'the evidence is kept')
  })

  it('raises no alarm again by what the person has settled, and one by anything else', async () => {
    const forked = contact().contested![0]!
    await alice.node.setVerified('bob', true)
    tells(forked)
    await refresh()
    assert.equal(contactView(contact()).alarm, null)
    tells(fork({ time: 6 }))
    await refresh()
    assert.match(contactView(contact()).alarm ?? '', /contradict/)
    await alice.node.setVerified('bob', true)
  })

  it('and shows two that contradict each other raises an alarm too', async () => {
    const { manifest, hash } = openManifest(contact().manifest)
    const next = signManifest({ ...manifest, version: manifest.version + 1, prev: hash, time: 7 }, bob.core.account.device)
    const other = signManifest({ ...manifest, version: manifest.version + 1, prev: hash, time: 8 }, bob.core.account.device)
    relay.lies = { reply: ({ method }, body) => method === METHOD.findManifest ? pb.FindManifestReply.encode({ manifests: [next, other] }) : body }
    await refresh()
    assert.match(contactView(contact()).alarm ?? '', /two relays .* contradict/)
  })
})

describe('a relay that takes letters and does not hand them out', () => {
  let liar: LyingRelay
  let honest: Relay
  let dir: string
  let alice: Insider
  let bob: Insider
  let later = 0

  beforeEach(async () => {
    liar = await LyingRelay.start()
    dir = await mkdtemp(join(tmpdir(), 'petrel-test-'))
    honest = await createRelay({ directory: join(dir, 'relay'), http: false })
    bob = await insider(dir, 'bob', liar.addresses())
    later = 0
    alice = await insider(dir, 'alice', honest.addresses(), { now: () => Date.now() + later })
  })
  afterEach(async () => {
    await alice.node.close()
    await bob.node.close()
    await liar.stop()
    await honest.stop()
    await rm(dir, { recursive: true, force: true })
  })

  const inbox = (): LogId => bob.core.account.inboxLogs!.mail
  const arrives = async (): Promise<void> => {
    await until(bob.node, e => e.type === 'chat' && e.change === 'joined')
    await alice.node.send('bob', 'in the end', { wait: 'delivered' })
    await untilText(bob.node, 'in the end')
  }

  it('is of no use once the inbox has moved: the letter is posted again, to where the other is now', async () => {
    const before = inbox()
    liar.lies = { entries: (_to, push) => sameBytes(push.log, before) ? undefined : push }
    await alice.node.addContact((await bob.node.createInvite()).link)
    await eventually(() => alice.core.post.unconfirmed() > 0)
    assert.equal(bob.core.chats.all().length, 0)
    // The liar goes on telling of the inbox where it was.
    const manifest = bob.core.account.manifest.bytes
    liar.lies.reply = ({ method }, body) => method === METHOD.getManifest ? pb.ManifestReply.encode({ manifest }) : body
    await bob.node.addRelay(honest.addresses()[0]!)
    await bob.node.moveInbox(honest.addresses()[0]!)
    later = 120_000
    alice.core.post.kick()
    await arrives()
    later = 86_400_000
    alice.core.post.kick()
    await eventually(() => alice.core.post.unconfirmed() === 0)
  })

  it('or hands out something else in its place is noticed by its own receipt', async () => {
    liar.lies = {
      request: call => {
        if (call.method !== METHOD.append) return call.body
        const request = pb.AppendRequest.decode(call.body)
        return sameBytes(request.log, inbox()) ? pb.AppendRequest.encode({ ...request, items: request.items.map(item => ({ ...item, payload: new Uint8Array(500) })) }) : call.body
      }
    }
    await alice.node.addContact((await bob.node.createInvite()).link)
    await until(alice.node, e => e.type === 'contact' && e.change === 'changed' && alice.core.contacts.all()[0]?.refused !== undefined)
    assert.match(contactView(alice.core.contacts.all()[0]!).notice ?? '', /something else in place of a letter/)
    // It says now that the letter was there before, and taken: nothing shows that, so it is posted again.
    await eventually(() => alice.core.post.unconfirmed() === 1)
    await bob.node.addRelay(honest.addresses()[0]!)
    await bob.node.moveInbox(honest.addresses()[0]!)
    later = 120_000
    alice.core.post.kick()
    await arrives()
  })
})
