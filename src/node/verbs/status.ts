/** The node at a glance, and its check-up. */
import type { CallOptions, Finding, Identity, NodeStatus, PeerInfo } from '../../protocol/api/index.js'
import { sevenMemberSelfTest } from '../../protocol/crypto/index.js'
import { keyFromPeerId, LIMITS, peerIdText, sameBytes, verifyAttested, type PetrelError } from '../../protocol/wire/index.js'
import { outWords, type Chat } from '../chats/index.js'
import type { NodeCore } from '../core.js'
import type { EngineRoom } from '../engine-room.js'
import { recoveryCard } from '../vault/index.js'
import { VERSION } from '../version.js'
import { listRelays } from './relays.js'

/** Who this node is. */
export function identity (core: NodeCore): Identity {
  const { account } = core
  return { account: peerIdText(account.key), device: peerIdText(account.device.key), name: account.name, link: account.link() }
}

/** The node at a glance. */
export async function status (core: NodeCore, room: EngineRoom, options: CallOptions): Promise<NodeStatus> {
  const relays = await listRelays(core, options)
  const chats = core.chats.all()
  const secrets = core.secrets.book.all().map(({ record }) => record)
  return {
    version: VERSION,
    pid: process.pid,
    since: new Date(core.since),
    home: core.options.dir,
    identity: identity(core),
    relays,
    queued: chats.reduce((sum, { chat }) => sum + waiting(chat), 0),
    chats: chats.length,
    contacts: core.contacts.all().length,
    requests: core.requests.all().length,
    secretsAsked: secrets.filter(({ stage }) => stage === 'asked').length,
    secretsUnread: secrets.reduce((sum, { unread }) => sum + unread, 0),
    store: core.store.state,
    warnings: warnings(core, room),
    lan: core.lan !== null,
    updates: core.updates.last,
    stopped: core.standing.stopped ?? null
  }
}

/** What of a chat is on its way: messages, what a takeover took back, and changes of a group. */
function waiting ({ outbox, back, record }: Chat): number {
  const messages = outbox.all().filter(({ id, mark, error }) => !mark && error === null && outbox.receiptOf(id) === undefined)
  return messages.length + back.open().length + (record.intents?.length ?? 0)
}

function warnings (core: NodeCore, room: EngineRoom): string[] {
  const found: string[] = core.store.state === 'open' ? [] : [`the disk takes no writes: ${core.store.reason?.message ?? 'unknown reason'}`]
  // Of a device that has stopped nothing else is true, or helps.
  if (core.standing.error !== undefined) return [core.standing.error.message, ...found]
  if (core.account.home === undefined) found.push('no relay yet: others cannot reach you (petrel relays add ADDRESS)')
  else if (core.lan === null && core.account.isOwn(core.account.home.peer)) found.push('this node is its own home, and others reach it only while it runs with --lan (petrel daemon start --lan)')
  if (room.lastError !== null) found.push(`the account is not published yet: ${room.lastError.message}`)
  for (const relay of core.account.relays.slice(1)) {
    const behind = core.publisher.behind(relay.peer)
    if (behind !== null) found.push(`relay ${relay.address} does not have the account's newest record yet: ${behind.message}`)
  }
  const { inboxProblem } = room
  if (inboxProblem !== null) found.push(`letters of new contacts do not come in: ${inboxProblem.message}`)
  for (const { chat, problem, mover, pump } of core.chats.all()) {
    const what = chat.cursor.alarm?.message ?? problem?.message
    if (what !== undefined) found.push(`chat ${core.chats.titleOf(chat)}: ${what}`)
    else if (pump.trouble !== null && waiting(chat) > 0) found.push(`chat ${core.chats.titleOf(chat)}: what waits there is not taken: ${pump.trouble.message}`)
    if (chat.record.direct && chat.record.stage === 'out') found.push(`chat ${core.chats.titleOf(chat)}: ${outWords(chat.record)}`)
    if (chat.record.move !== undefined) found.push(moving(core.chats.titleOf(chat), chat.record.move, mover.trouble))
  }
  found.push(...vaultWarnings(core), ...packageWarnings(core))
  for (const contact of core.contacts.all()) {
    const name = core.contacts.nameOf(contact.account)
    if (contact.alarm !== null) found.push(`contact ${name}: ${contact.alarm}`)
    if (contact.refused !== undefined) found.push(`contact ${name}: ${contact.refused}`)
  }
  return found
}

/** Strangers can use up what a device leaves for secret chats: it leaves more, but its owner may want to know. */
function packageWarnings ({ secrets, now }: NodeCore): string[] {
  const { standing } = secrets.packages
  if (standing === null) return []
  const { left, of, given, lastResortAt } = standing
  const isDrained = given > of / 2
  const isBare = lastResortAt + LIMITS.packagesToldMs > now()
  if (!isDrained && !isBare) return []
  return [`somebody uses up this device's key packages for secret chats: ${given} were asked for within a day and begin no chat, ${left} of ${of} are left${isBare ? ', and some asked when none were to be had: what they say first in a chat has a key that others had too' : ''}`]
}

/** From what part on its owner is told that the vault fills. */
const VAULT_TOLD = 0.9

function vaultWarnings ({ shared, vault }: NodeCore): string[] {
  const { alarm, healed, waiting, trouble } = shared.status()
  if (alarm !== null) return [`the account's vault, which its devices share, is in doubt: ${alarm}`]
  return [
    ...vault.bytes < VAULT_TOLD * LIMITS.vaultChatBytes ? [] : [`what this account's devices share takes ${vault.bytes} bytes: from ${LIMITS.vaultChatBytes} on there are no new chats`],
    ...healed === null ? [] : [`the account's vault was made anew, because the one before was in doubt: ${healed}`],
    ...trouble === null || waiting === 0 ? [] : [`${waiting} of the account's records are on this device alone as yet: ${trouble.message}`]
  ]
}

/** A move that is not done; once its order has been taken, nobody serves the chat until the new relay does. */
function moving (title: string, { addrs: [to = 'another relay'] }: { readonly addrs: readonly string[] }, trouble: PetrelError | null): string {
  const way = `chat ${title} is on its way to ${to}`
  return trouble === null ? way : `${way}, which waits: ${trouble.message}. If that relay is gone for good: petrel chats move '${title}' --lost --to ANOTHER`
}

/** Peers connected now. */
export function peers (core: NodeCore): PeerInfo[] {
  return core.host.node.getConnections().map(c => {
    const peer = c.remotePeer.toString()
    return {
      peer,
      address: c.remoteAddr.toString(),
      direction: c.direction,
      relay: core.pool.links().some(l => peerIdText(l.peer) === peer),
      since: new Date(c.timeline.open)
    }
  })
}

/** Checks what can be checked without changing anything. */
export async function doctor (core: NodeCore, room: EngineRoom, options: CallOptions): Promise<Finding[]> {
  const findings: Finding[] = [
    { check: 'store', ok: core.store.state === 'open', message: core.store.state === 'open' ? 'open and writable' : core.store.reason?.message ?? core.store.state },
    await check('mls', async () => {
      await sevenMemberSelfTest()
      return 'the patched MLS library passes its self-test'
    })
  ]
  const { error } = core.standing
  if (error !== undefined) return [...findings, { check: 'device', ok: false, message: error.message }]
  findings.push(
    { check: 'account', ok: room.lastError === null, message: room.lastError?.message ?? (core.account.home === undefined ? 'not published: there is no relay' : 'published') },
    vaultFinding(core)
  )
  for (const relay of await listRelays(core, options)) {
    findings.push({ check: `relay ${relay.peer.slice(-8)}`, ok: relay.state === 'connected', message: relay.error?.message ?? relay.state })
    // Only the inbox's home has a log of this account's that is always there to be asked for.
    if (relay.inbox && relay.state === 'connected') findings.push(await check(`clock ${relay.peer.slice(-8)}`, async () => await clock(core, relay.peer, options)))
  }
  const isRecoverable = recoveryCard(core.vault) !== null
  findings.push({ check: 'recovery', ok: isRecoverable, message: isRecoverable ? 'the 24 words bring everything back' : 'the 24 words bring back nothing but the account itself, in homes of an older version: petrel account recovery' })
  if (core.account.home === undefined) findings.push({ check: 'relays', ok: false, message: 'no home relay: petrel relays add ADDRESS' })
  for (const text of warnings(core, room)) findings.push({ check: 'warning', ok: false, message: text })
  return findings
}

function vaultFinding ({ shared }: NodeCore): Finding {
  const { state, generation, waiting, alarm, trouble } = shared.status()
  const words = { none: 'on this device alone: there is no relay', making: 'is being brought to its home', reading: 'is being read', behind: `${waiting} records wait`, current: `generation ${generation}, all of it at its home`, alarm: alarm ?? '' }
  return { check: 'vault', ok: state !== 'alarm' && (trouble === null || waiting === 0), message: trouble === null || state === 'alarm' ? words[state] : `${words[state]}: ${trouble.message}` }
}

async function check (name: string, work: () => Promise<string>): Promise<Finding> {
  try {
    return { check: name, ok: true, message: await work() }
  } catch (error) {
    return { check: name, ok: false, message: error instanceof Error ? error.message : String(error) }
  }
}

/** How far the home's signed clock is from ours. */
async function clock (core: NodeCore, peer: string, options: CallOptions): Promise<string> {
  const logs = core.account.inboxLogs
  const link = core.pool.links().find(l => sameBytes(l.peer, keyFromPeerId(peer)))
  if (logs === null || link === undefined) return 'not known yet'
  const skew = verifyAttested(await link.head(logs.mail, options)).statement.time - core.now()
  if (Math.abs(skew) > LIMITS.clockSkewMs) throw new Error(`this machine's clock and the relay's are ${Math.round(skew / 1000)} seconds apart: set the clock`)
  return `within ${Math.abs(Math.round(skew / 1000))} s of the relay's`
}
