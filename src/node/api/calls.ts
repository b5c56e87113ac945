/** From a method's name and parameters to the call on the node. */
import { isStreamName, type MethodName, type MethodParams, type MethodResult, type Petrel, type StreamName, toPetrelError, InternalError, type PetrelError, METHOD_NAMES } from '../../protocol/api/index.js'
import type { Logger } from '../../relay/index.js'

/** The methods that answer once. */
export type UnaryName = Exclude<MethodName, StreamName>

type Calls = { readonly [M in UnaryName]: (petrel: Petrel, params: MethodParams[M], signal: AbortSignal) => Promise<MethodResult<M>> }

const CALLS: Calls = {
  identity: (petrel, _, signal) => petrel.identity({ signal }),
  status: (petrel, _, signal) => petrel.status({ signal }),
  peers: (petrel, _, signal) => petrel.peers({ signal }),
  doctor: (petrel, _, signal) => petrel.doctor({ signal }),
  addRelay: (petrel, { address, ...rest }, signal) => petrel.addRelay(address, { ...rest, signal }),
  listRelays: (petrel, _, signal) => petrel.listRelays({ signal }),
  removeRelay: (petrel, { address }, signal) => petrel.removeRelay(address, { signal }),
  moveInbox: (petrel, { relay }, signal) => petrel.moveInbox(relay, { signal }),
  createInvite: (petrel, params, signal) => petrel.createInvite({ ...params, signal }),
  listInvites: (petrel, _, signal) => petrel.listInvites({ signal }),
  revokeInvite: (petrel, { id }, signal) => petrel.revokeInvite(id, { signal }),
  listDevices: (petrel, _, signal) => petrel.listDevices({ signal }),
  approveDevice: (petrel, { link }, signal) => petrel.approveDevice(link, { signal }),
  confirmDevice: (petrel, { id, matches }, signal) => petrel.confirmDevice(id, matches, { signal }),
  renameDevice: (petrel, { device, name }, signal) => petrel.renameDevice(device, name, { signal }),
  revokeDevice: (petrel, { device }, signal) => petrel.revokeDevice(device, { signal }),
  addContact: (petrel, { link, ...rest }, signal) => petrel.addContact(link, { ...rest, signal }),
  listContacts: (petrel, _, signal) => petrel.listContacts({ signal }),
  renameContact: (petrel, { contact, alias }, signal) => petrel.renameContact(contact, alias, { signal }),
  blockContact: (petrel, { contact, blocked }, signal) => petrel.blockContact(contact, blocked, { signal }),
  safetyNumber: (petrel, { contact }, signal) => petrel.safetyNumber(contact, { signal }),
  setVerified: (petrel, { contact, verified }, signal) => petrel.setVerified(contact, verified, { signal }),
  listChats: (petrel, _, signal) => petrel.listChats({ signal }),
  showChat: (petrel, { chat, ...rest }, signal) => petrel.showChat(chat, { ...rest, signal }),
  readChat: (petrel, { chat, ...rest }, signal) => petrel.readChat(chat, { ...rest, signal }),
  resumeChat: (petrel, { chat }, signal) => petrel.resumeChat(chat, { signal }),
  listProofs: (petrel, { chat }, signal) => petrel.listProofs(chat, { signal }),
  moveChat: (petrel, { chat, ...rest }, signal) => petrel.moveChat(chat, { ...rest, signal }),
  createGroup: (petrel, { title, ...rest }, signal) => petrel.createGroup(title, { ...rest, signal }),
  showGroup: (petrel, { chat }, signal) => petrel.showGroup(chat, { signal }),
  editGroup: (petrel, { chat, ...edit }, signal) => petrel.editGroup(chat, edit, { signal }),
  addMembers: (petrel, { chat, members }, signal) => petrel.addMembers(chat, members, { signal }),
  removeMembers: (petrel, { chat, members, ...rest }, signal) => petrel.removeMembers(chat, members, { ...rest, signal }),
  editMember: (petrel, { chat, member, ...edit }, signal) => petrel.editMember(chat, member, edit, { signal }),
  leaveGroup: (petrel, { chat }, signal) => petrel.leaveGroup(chat, { signal }),
  createGroupLink: (petrel, { chat, ...draft }, signal) => petrel.createGroupLink(chat, { ...draft, signal }),
  listGroupLinks: (petrel, { chat }, signal) => petrel.listGroupLinks(chat, { signal }),
  revokeGroupLink: (petrel, { chat, id }, signal) => petrel.revokeGroupLink(chat, id, { signal }),
  joinGroup: (petrel, { link, ...rest }, signal) => petrel.joinGroup(link, { ...rest, signal }),
  listJoinRequests: (petrel, { chat }, signal) => petrel.listJoinRequests(chat, { signal }),
  answerJoinRequest: (petrel, { chat, who, accept }, signal) => petrel.answerJoinRequest(chat, who, accept, { signal }),
  send: (petrel, { chat, text, ...rest }, signal) => petrel.send(chat, text, { ...rest, signal }),
  forwardMessages: (petrel, { chat, ids, to, ...rest }, signal) => petrel.forwardMessages(chat, ids, to, { ...rest, signal }),
  deleteMessages: (petrel, { chat, ids, ...rest }, signal) => petrel.deleteMessages(chat, ids, { ...rest, signal }),
  saveDraft: (petrel, { chat, text, ...rest }, signal) => petrel.saveDraft(chat, text, { ...rest, signal }),
  listScheduled: (petrel, params, signal) => petrel.listScheduled({ ...params, signal }),
  cancelScheduled: (petrel, { id }, signal) => petrel.cancelScheduled(id, { signal }),
  sendScheduled: (petrel, { id }, signal) => petrel.sendScheduled(id, { signal }),
  getMessage: (petrel, { chat, id }, signal) => petrel.getMessage(chat, id, { signal }),
  editMessage: (petrel, { chat, id, text, ...rest }, signal) => petrel.editMessage(chat, id, text, { ...rest, signal }),
  messageHistory: (petrel, { chat, id }, signal) => petrel.messageHistory(chat, id, { signal }),
  react: (petrel, { chat, id, emoji, ...rest }, signal) => petrel.react(chat, id, emoji, { ...rest, signal }),
  pinMessage: (petrel, { chat, id, ...rest }, signal) => petrel.pinMessage(chat, id, { ...rest, signal }),
  listPinned: (petrel, { chat }, signal) => petrel.listPinned(chat, { signal }),
  sendPoll: (petrel, { chat, poll, ...rest }, signal) => petrel.sendPoll(chat, poll, { ...rest, signal }),
  vote: (petrel, { chat, id, options, ...rest }, signal) => petrel.vote(chat, id, options, { ...rest, signal }),
  closePoll: (petrel, { chat, id, ...rest }, signal) => petrel.closePoll(chat, id, { ...rest, signal }),
  acknowledge: (petrel, { consumer, n }, signal) => petrel.acknowledge(consumer, n, { signal }),
  listMedia: (petrel, params, signal) => petrel.listMedia({ ...params, signal }),
  mediaInfo: (petrel, { chat, message, ...rest }, signal) => petrel.mediaInfo(chat, message, { ...rest, signal }),
  purgeMedia: (petrel, params, signal) => petrel.purgeMedia({ ...params, signal }),
  mediaUrl: (petrel, { chat, message, ...rest }, signal) => petrel.mediaUrl(chat, message, { ...rest, signal }),
  listReaders: (petrel, { chat, message }, signal) => petrel.listReaders(chat, message, { signal }),
  setTyping: (petrel, { chat, ...rest }, signal) => petrel.setTyping(chat, { ...rest, signal }),
  setOnline: (petrel, { online }, signal) => petrel.setOnline(online, { signal }),
  searchMessages: (petrel, params, signal) => petrel.searchMessages({ ...params, signal }),
  rebuildSearch: (petrel, _, signal) => petrel.rebuildSearch({ signal }),
  startSecret: (petrel, { contact, ...rest }, signal) => petrel.startSecret(contact, { ...rest, signal }),
  acceptSecret: (petrel, { secret }, signal) => petrel.acceptSecret(secret, { signal }),
  listSecrets: (petrel, _, signal) => petrel.listSecrets({ signal }),
  showSecret: (petrel, { secret }, signal) => petrel.showSecret(secret, { signal }),
  secretCode: (petrel, { secret }, signal) => petrel.secretCode(secret, { signal }),
  sendSecret: (petrel, { secret, text, ...rest }, signal) => petrel.sendSecret(secret, text, { ...rest, signal }),
  secretMediaInfo: (petrel, { secret, message, ...rest }, signal) => petrel.secretMediaInfo(secret, message, { ...rest, signal }),
  editSecret: (petrel, { secret, id, text, ...rest }, signal) => petrel.editSecret(secret, id, text, { ...rest, signal }),
  deleteSecret: (petrel, { secret, ids }, signal) => petrel.deleteSecret(secret, ids, { signal }),
  reactSecret: (petrel, { secret, id, emoji }, signal) => petrel.reactSecret(secret, id, emoji, { signal }),
  secretLines: (petrel, { secret, ...rest }, signal) => petrel.secretLines(secret, { ...rest, signal }),
  readSecret: (petrel, { secret }, signal) => petrel.readSecret(secret, { signal }),
  setSecretTimer: (petrel, { secret, seconds }, signal) => petrel.setSecretTimer(secret, seconds, { signal }),
  noteScreenshot: (petrel, { secret }, signal) => petrel.noteScreenshot(secret, { signal }),
  closeSecret: (petrel, { secret }, signal) => petrel.closeSecret(secret, { signal }),
  forgetSecret: (petrel, { secret }, signal) => petrel.forgetSecret(secret, { signal }),
  setSecretVerified: (petrel, { secret, verified }, signal) => petrel.setSecretVerified(secret, verified, { signal }),
  listRequests: (petrel, _, signal) => petrel.listRequests({ signal }),
  acceptRequest: (petrel, { id, ...rest }, signal) => petrel.acceptRequest(id, { ...rest, signal }),
  declineRequest: (petrel, { id, ...rest }, signal) => petrel.declineRequest(id, { ...rest, signal }),
  report: (petrel, { chat, messageId, note }, signal) => petrel.report(chat, messageId, note, { signal }),
  renameAccount: (petrel, { name }, signal) => petrel.renameAccount(name, { signal }),
  deleteAccount: (petrel, { confirm }, signal) => petrel.deleteAccount(confirm, { signal }),
  setRecoveryCard: (petrel, { card }, signal) => petrel.setRecoveryCard(card, { signal }),
  shutdown: (petrel, _, signal) => petrel.shutdown({ signal })
}

type Streams = { readonly [M in StreamName]: (petrel: Petrel, params: MethodParams[M], signal: AbortSignal) => AsyncIterable<MethodResult<M>> }

const STREAMS: Streams = {
  receive: (petrel, params, signal) => petrel.receive({ ...params, signal }),
  transfers: (petrel, params, signal) => petrel.transfers({ ...params, signal }),
  activity: (petrel, params, signal) => petrel.activity({ ...params, signal })
}

/** The methods that answer once, by name. */
export const UNARY_NAMES = METHOD_NAMES.filter((name): name is UnaryName => !isStreamName(name))
/** The methods that give one value after another, by name. */
export const STREAM_NAMES = METHOD_NAMES.filter(isStreamName)

/** Calls a method with checked parameters. @throws whatever the node throws */
export async function callNode <M extends UnaryName> (petrel: Petrel, method: M, params: MethodParams[M], signal: AbortSignal): Promise<MethodResult<M>> {
  return await CALLS[method](petrel, params, signal)
}

/** Begins a stream with checked parameters. Reading it throws whatever the node throws. */
export function streamNode <M extends StreamName> (petrel: Petrel, method: M, params: MethodParams[M], signal: AbortSignal): AsyncIterable<MethodResult<M>> {
  return STREAMS[method](petrel, params, signal)
}

/**
 * The error to show to a caller. A fault of ours shows neither its text nor its stack, which may quote a
 * message: the log gets the stack's places.
 */
export function shownError (error: unknown, method: string, log: Logger): PetrelError {
  const known = toPetrelError(error)
  if (!(known instanceof InternalError)) return known
  const origin = error instanceof Error ? error : known
  log('error', 'api.call.failed', { method, error: origin.name, at: (origin.stack ?? '').split('\n').filter(line => line.startsWith('    at ')).slice(0, 8).join(' ') })
  return new InternalError('the node failed inside; its log says why')
}
