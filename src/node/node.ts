/** A node in this process, behind the same interface that a daemon gives over its socket. */
import type { ActivityMethods, ChangeMethods, DeviceMethods, GroupMethods, MediaMethods, Petrel, SearchMethods, SecretMethods, WordMethods } from '../protocol/api/index.js'
import { AbortedError, UnavailableError } from '../protocol/wire/index.js'
import type { MediaDoor } from './api/index.js'
import { openCore, type NodeCore } from './core.js'
import { EngineRoom } from './engine-room.js'
import type { NodeOptions } from './options.js'
import { contactView } from './contacts/index.js'
import { requestView } from './letters/index.js'
import { acceptRequest, declineRequest, deleteAccount, renameAccount, report } from './verbs/account.js'
import { activity, listReaders, setOnline, setTyping } from './verbs/activity.js'
import { getMessage, listChats, listProofs, readChat, resumeChat, showChat } from './verbs/chats.js'
import { closePoll, editMessage, listPinned, messageHistory, pinMessage, react, sendPoll, vote } from './verbs/changes.js'
import { addContact, blockContact, renameContact, safetyNumber, setVerified } from './verbs/contacts.js'
import { deleteMessages } from './verbs/delete.js'
import { backup, setRecoveryCard } from './verbs/backup.js'
import { approveDevice, confirmDevice, listDevices, renameDevice, revokeDevice } from './verbs/devices.js'
import { gated } from './devices/index.js'
import { saveDraft } from './verbs/drafts.js'
import { forwardMessages } from './verbs/forward.js'
import { createInvite, listInvites, revokeInvite } from './verbs/invites.js'
import { addMembers, createGroup, editGroup, editMember, leaveGroup, removeMembers, showGroup } from './verbs/groups.js'
import { answerJoinRequest, createGroupLink, joinGroup, listGroupLinks, listJoinRequests, revokeGroupLink } from './verbs/group-links.js'
import { mediaDoor, mediaInfo, mediaUrl, purgeMedia, readMedia, wantedFile, withAllStates, withStates } from './verbs/files.js'
import { listMedia } from './verbs/list-media.js'
import { addMedia, transfers } from './verbs/media.js'
import { moveChat } from './verbs/move.js'
import { receive } from './verbs/receive.js'
import { rebuildSearch, searchMessages } from './verbs/search.js'
import { addRelay, listRelays, moveInbox, removeRelay } from './verbs/relays.js'
import { cancelScheduled, listScheduled, sendScheduled } from './verbs/scheduled.js'
import { readSecretMedia, secretMediaInfo } from './verbs/secret-media.js'
import { acceptSecret, closeSecret, deleteSecret, editSecret, forgetSecret, listSecrets, noteScreenshot, reactSecret, readSecret, secretCode, secretLines, sendSecret, setSecretTimer, setSecretVerified, showSecret, startSecret } from './verbs/secrets.js'
import { send } from './verbs/send.js'
import { doctor, identity, peers, status } from './verbs/status.js'

/** A node in this process. */
export interface PetrelNode extends Petrel {
  /** Settles when the node has stopped, by `close`, `shutdown` or the account's deletion. */
  readonly closed: Promise<void>
}

/**
 * Opens a home and runs its node in this process.
 *
 * @throws NotFoundError when there is no identity in `dir`, LockedError when it runs already, DecryptError for a wrong
 * passphrase, FormatError for a newer home, CorruptError for a damaged store
 */
export async function createNode (options: NodeOptions): Promise<PetrelNode> {
  return runNode(await openCore(options))
}

/** Starts a node that was put together. @internal */
export function runNode (core: NodeCore): PetrelNode {
  const room = new EngineRoom(core)
  room.start()
  core.files.start(async (chat, message, item) => await wantedFile(core, chat, message, item))
  return gated(facade(core, room), core.standing)
}

function facade (core: NodeCore, room: EngineRoom): PetrelNode {
  const { promise: closed, resolve: settleClosed } = Promise.withResolvers<undefined>()
  let closing: Promise<void> | undefined
  const door = mediaDoor(core)
  const close = async (): Promise<void> => {
    closing ??= door.close().then(async () => { await room.stop() }).finally(() => { settleClosed(undefined) })
    await closing
  }
  // Every verb checks first that the node is still there, and that the caller has not given up.
  const live = <T>(signal: AbortSignal | undefined, work: () => T): T => {
    if (signal?.aborted === true) throw new AbortedError(undefined, { cause: signal.reason })
    if (closing !== undefined) throw new UnavailableError('the node is stopping')
    return work()
  }
  return {
    closed: closed.then(() => undefined),
    identity: async o => live(o?.signal, () => identity(core)),
    status: async (o = {}) => await live(o.signal, async () => await status(core, room, o)),
    peers: async o => live(o?.signal, () => peers(core)),
    doctor: async (o = {}) => await live(o.signal, async () => await doctor(core, room, o)),
    ...relayVerbs(core, room, live),
    ...deviceVerbs(core, room, live),
    ...peopleVerbs(core, live),
    ...chatVerbs(core, live),
    ...mediaVerbs(core, door, live),
    ...groupVerbs(core, live),
    ...activityVerbs(core, live),
    ...searchVerbs(core, live),
    ...secretVerbs(core, live),
    ...changeVerbs(core, live),
    ...wordVerbs(core, live),
    renameAccount: async (name, o) => await live(o?.signal, async () => await renameAccount(core, name)),
    backup: async function * (o = {}) { yield * live(o.signal, () => backup(core, o)) },
    setRecoveryCard: async (card, o = {}) => { await live(o.signal, async () => { await setRecoveryCard(core, card) }) },
    deleteAccount: async (confirm, o = {}) => {
      await live(o.signal, async () => await deleteAccount(core, confirm, close, o))
    },
    close,
    shutdown: async () => { await close() }
  }
}

type Live = <T>(signal: AbortSignal | undefined, work: () => T) => T

function relayVerbs (core: NodeCore, room: EngineRoom, live: Live): Pick<Petrel, 'addRelay' | 'listRelays' | 'removeRelay' | 'moveInbox' | 'createInvite' | 'listInvites' | 'revokeInvite'> {
  return {
    addRelay: async (address, o = {}) => await live(o.signal, async () => await addRelay(core, room, address, o)),
    listRelays: async (o = {}) => await live(o.signal, async () => await listRelays(core, o)),
    removeRelay: async (address, o = {}) => { await live(o.signal, async () => { await removeRelay(core, room, address, o) }) },
    moveInbox: async (relay, o = {}) => await live(o.signal, async () => await moveInbox(core, room, relay, o)),
    createInvite: async (o = {}) => await live(o.signal, async () => await createInvite(core, o)),
    listInvites: async o => live(o?.signal, () => listInvites(core)),
    revokeInvite: async (id, o = {}) => { await live(o.signal, async () => { await revokeInvite(core, id, o) }) }
  }
}

function deviceVerbs (core: NodeCore, room: EngineRoom, live: Live): DeviceMethods {
  return {
    listDevices: async (o = {}) => await live(o.signal, async () => await listDevices(core, o)),
    approveDevice: async (link, o = {}) => await live(o.signal, async () => await approveDevice(core, link, o)),
    confirmDevice: async (id, matches, o = {}) => await live(o.signal, async () => await confirmDevice(core, id, matches, o)),
    renameDevice: async (device, name, o = {}) => await live(o.signal, async () => await renameDevice(core, device, name, o)),
    revokeDevice: async (device, o = {}) => await live(o.signal, async () => await revokeDevice(core, room, device, o))
  }
}

function peopleVerbs (core: NodeCore, live: Live): Pick<Petrel, 'addContact' | 'listContacts' | 'renameContact' | 'blockContact' | 'safetyNumber' | 'setVerified' | 'listRequests' | 'acceptRequest' | 'declineRequest'> {
  return {
    addContact: async (link, o = {}) => await live(o.signal, async () => await addContact(core, link, o)),
    listContacts: async o => live(o?.signal, () => core.contacts.all().map(contactView)),
    renameContact: async (contact, alias, o) => await live(o?.signal, async () => await renameContact(core, contact, alias)),
    blockContact: async (contact, blocked, o = {}) => await live(o.signal, async () => await blockContact(core, contact, blocked, o)),
    safetyNumber: async (contact, o) => live(o?.signal, () => safetyNumber(core, contact)),
    setVerified: async (contact, verified, o) => await live(o?.signal, async () => await setVerified(core, contact, verified)),
    listRequests: async o => live(o?.signal, () => core.requests.all().map(requestView)),
    acceptRequest: async (id, o = {}) => await live(o.signal, async () => await acceptRequest(core, id, o)),
    declineRequest: async (id, o = {}) => { await live(o.signal, async () => { await declineRequest(core, id, o) }) }
  }
}

function chatVerbs (core: NodeCore, live: Live): Pick<Petrel, 'listChats' | 'showChat' | 'readChat' | 'moveChat' | 'resumeChat' | 'listProofs' | 'send' | 'getMessage' | 'forwardMessages' | 'deleteMessages' | 'receive' | 'acknowledge' | 'report'> {
  return {
    listChats: async o => await live(o?.signal, async () => await listChats(core)),
    showChat: async (chat, o = {}) => await live(o.signal, async () => {
      const page = await showChat(core, chat, o)
      return { ...page, messages: await withAllStates(core, page.messages) }
    }),
    readChat: async (chat, o = {}) => await live(o.signal, async () => await readChat(core, chat, o)),
    resumeChat: async (chat, o = {}) => await live(o.signal, async () => await resumeChat(core, chat)),
    listProofs: async (chat, o = {}) => await live(o.signal, async () => await listProofs(core, chat)),
    moveChat: async (chat, o = {}) => await live(o.signal, async () => await moveChat(core, chat, o)),
    send: async (chat, text, o = {}) => await live(o.signal, async () => await withStates(core, await send(core, chat, text, o))),
    forwardMessages: async (chat, ids, to, o = {}) => await live(o.signal, async () => await withAllStates(core, await forwardMessages(core, chat, ids, to, o))),
    deleteMessages: async (chat, ids, o = {}) => { await live(o.signal, async () => { await deleteMessages(core, chat, ids, o) }) },
    getMessage: async (chat, id, o) => await live(o?.signal, async () => await withStates(core, await getMessage(core, chat, id))),
    receive: async function * (o = {}) { yield * live(o.signal, () => receive(core, o)) },
    acknowledge: async (consumer, n, o) => { await live(o?.signal, async () => { await core.updates.acknowledge(consumer, n) }) },
    report: async (chat, id, note, o = {}) => { await live(o.signal, async () => { await report(core, chat, id, note, o) }) }
  }
}

function mediaVerbs (core: NodeCore, door: MediaDoor, live: Live): MediaMethods {
  return {
    addMedia: async (draft, bytes, o = {}) => await live(o.signal, async () => await addMedia(core, draft, bytes, o)),
    listMedia: async (o = {}) => await live(o.signal, async () => await listMedia(core, o)),
    mediaInfo: async (chat, message, o = {}) => await live(o.signal, async () => await mediaInfo(core, chat, message, o)),
    readMedia: async function * (chat, message, o = {}) { yield * live(o.signal, () => readMedia(core, chat, message, o)) },
    purgeMedia: async (o = {}) => await live(o.signal, async () => await purgeMedia(core, o)),
    mediaUrl: async (chat, message, o = {}) => await live(o.signal, async () => await mediaUrl(core, door, chat, message, o)),
    transfers: async function * (o = {}) { yield * live(o.signal, () => transfers(core, o)) }
  }
}

function activityVerbs (core: NodeCore, live: Live): ActivityMethods {
  return {
    listReaders: async (chat, message, o) => await live(o?.signal, async () => await listReaders(core, chat, message)),
    setTyping: async (chat, o = {}) => { await live(o.signal, async () => { await setTyping(core, chat, o) }) },
    setOnline: async (online, o) => { live(o?.signal, () => { setOnline(core, online) }) },
    activity: async function * (o = {}) { yield * live(o.signal, () => activity(core, o)) }
  }
}

function groupVerbs (core: NodeCore, live: Live): GroupMethods {
  return {
    createGroup: async (title, o = {}) => await live(o.signal, async () => await createGroup(core, title, o)),
    showGroup: async (chat, o) => await live(o?.signal, async () => await showGroup(core, chat)),
    editGroup: async (chat, edit, o = {}) => await live(o.signal, async () => await editGroup(core, chat, edit, o)),
    addMembers: async (chat, members, o = {}) => await live(o.signal, async () => await addMembers(core, chat, members, o)),
    removeMembers: async (chat, members, o = {}) => await live(o.signal, async () => await removeMembers(core, chat, members, o)),
    editMember: async (chat, member, edit, o = {}) => await live(o.signal, async () => await editMember(core, chat, member, edit, o)),
    leaveGroup: async (chat, o) => { await live(o?.signal, async () => { await leaveGroup(core, chat) }) },
    createGroupLink: async (chat, o = {}) => await live(o.signal, async () => await createGroupLink(core, chat, o)),
    listGroupLinks: async (chat, o) => await live(o?.signal, async () => await listGroupLinks(core, chat)),
    revokeGroupLink: async (chat, id, o = {}) => { await live(o.signal, async () => { await revokeGroupLink(core, chat, id, o) }) },
    joinGroup: async (link, o = {}) => await live(o.signal, async () => await joinGroup(core, link, o)),
    listJoinRequests: async (chat, o) => await live(o?.signal, async () => await listJoinRequests(core, chat)),
    answerJoinRequest: async (chat, who, accept, o = {}) => { await live(o.signal, async () => { await answerJoinRequest(core, chat, who, accept, o) }) }
  }
}

function changeVerbs (core: NodeCore, live: Live): ChangeMethods {
  return {
    editMessage: async (chat, id, text, o = {}) => await live(o.signal, async () => await withStates(core, await editMessage(core, chat, id, text, o))),
    messageHistory: async (chat, id, o) => await live(o?.signal, async () => await messageHistory(core, chat, id)),
    react: async (chat, id, emoji, o = {}) => await live(o.signal, async () => await withStates(core, await react(core, chat, id, emoji, o))),
    pinMessage: async (chat, id, o = {}) => await live(o.signal, async () => await withStates(core, await pinMessage(core, chat, id, o))),
    listPinned: async (chat, o) => await live(o?.signal, async () => await withAllStates(core, await listPinned(core, chat))),
    sendPoll: async (chat, poll, o = {}) => await live(o.signal, async () => await sendPoll(core, chat, poll, o)),
    vote: async (chat, id, options, o = {}) => await live(o.signal, async () => await vote(core, chat, id, options, o)),
    closePoll: async (chat, id, o = {}) => await live(o.signal, async () => await closePoll(core, chat, id, o))
  }
}

function secretVerbs (core: NodeCore, live: Live): SecretMethods {
  return {
    startSecret: async (contact, o = {}) => await live(o.signal, async () => await startSecret(core, contact, o)),
    acceptSecret: async (secret, o) => await live(o?.signal, async () => await acceptSecret(core, secret)),
    listSecrets: async o => live(o?.signal, () => listSecrets(core)),
    showSecret: async (secret, o) => live(o?.signal, () => showSecret(core, secret)),
    secretCode: async (secret, o) => live(o?.signal, () => secretCode(core, secret)),
    sendSecret: async (secret, text, o = {}) => await live(o.signal, async () => await sendSecret(core, secret, text, o)),
    secretMediaInfo: async (secret, message, o = {}) => await live(o.signal, async () => await secretMediaInfo(core, secret, message, o)),
    readSecretMedia: async function * (secret, message, o = {}) { yield * live(o.signal, () => readSecretMedia(core, secret, message, o)) },
    editSecret: async (secret, id, text, o = {}) => await live(o.signal, async () => await editSecret(core, secret, id, text, o)),
    deleteSecret: async (secret, ids, o) => { await live(o?.signal, async () => { await deleteSecret(core, secret, ids) }) },
    reactSecret: async (secret, id, emoji, o) => await live(o?.signal, async () => await reactSecret(core, secret, id, emoji)),
    secretLines: async (secret, o = {}) => await live(o.signal, async () => await secretLines(core, secret, o)),
    readSecret: async (secret, o) => { await live(o?.signal, async () => { await readSecret(core, secret) }) },
    setSecretTimer: async (secret, seconds, o) => await live(o?.signal, async () => await setSecretTimer(core, secret, seconds)),
    noteScreenshot: async (secret, o) => { await live(o?.signal, async () => { await noteScreenshot(core, secret) }) },
    closeSecret: async (secret, o) => { await live(o?.signal, async () => { await closeSecret(core, secret) }) },
    forgetSecret: async (secret, o) => { await live(o?.signal, async () => { await forgetSecret(core, secret) }) },
    setSecretVerified: async (secret, verified, o) => await live(o?.signal, async () => await setSecretVerified(core, secret, verified))
  }
}

function searchVerbs (core: NodeCore, live: Live): SearchMethods {
  return {
    searchMessages: async (o = {}) => await live(o.signal, async () => await searchMessages(core, o)),
    rebuildSearch: async (o = {}) => await live(o.signal, async () => await rebuildSearch(core, o))
  }
}

function wordVerbs (core: NodeCore, live: Live): WordMethods {
  return {
    saveDraft: async (chat, text, o = {}) => await live(o.signal, async () => await saveDraft(core, chat, text, o)),
    listScheduled: async (o = {}) => await live(o.signal, async () => await listScheduled(core, o)),
    cancelScheduled: async (id, o) => { await live(o?.signal, async () => { await cancelScheduled(core, id) }) },
    sendScheduled: async (id, o) => await live(o?.signal, async () => await withStates(core, await sendScheduled(core, id)))
  }
}
