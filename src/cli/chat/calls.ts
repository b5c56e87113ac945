/** Each errand as calls to the node, and what came of it. */
import { randomUUID } from 'node:crypto'
import { LIMITS, type ChatInfo, type Petrel, type SendOptions } from '../../protocol/api/index.js'
import type { CallOptions } from './call-options.js'
import { preview } from '../terminal/message.js'
import { shortTime } from '../terminal/time.js'
import { groupLines, numberLines, readerLines, scheduledLines } from './facts.js'
import { fileWords } from './file-words.js'
import { SECRET_CALLS } from './secret-calls.js'
import { sendFile } from './send-file.js'
import type { Errand, ErrandArguments, Input } from './state.js'

/** Messages of a chat that is opened: the unread ones and some before them. */
const PAGE = 50
const BEFORE_UNREAD = 10
/** Messages that a search shows. */
const FOUND = 10

/** Makes an errand's calls. @throws what the node says */
export async function call (errand: Errand, options: CallOptions): Promise<Input | undefined> {
  // Each entry takes what its own name says: TypeScript loses that on the way through the table.
  return await (CALLS[errand.do] as (errand: Errand, options: CallOptions) => Promise<Input | undefined>)(errand, options)
}

const said = (...lines: string[]): Input => ({ type: 'said', lines })

/** A key of our own: should an answer be lost, the same message is not sent twice by anybody who repeats the call. */
const key = (): string => `chat-${randomUUID()}`

const CALLS: { readonly [Name in keyof ErrandArguments]: (errand: ErrandArguments[Name], options: CallOptions) => Promise<Input | undefined> } = {
  open: async ({ chat }, { petrel, signal }) => await openChat(petrel, chat, signal),
  older: async ({ chat, before }, { petrel, signal }) => ({ type: 'older', page: await petrel.showChat(chat, { before, limit: PAGE, signal }) }),
  end: async ({ chat }, { petrel, signal }) => ({ type: 'end', chat, page: await petrel.showChat(chat, { limit: PAGE, signal }) }),
  send,
  attach: async (errand, { dispatch, ...options }) => ({
    type: 'message',
    message: await sendFile(errand, { ...options, tell: line => { dispatch(said(line)) }, progress: words => { dispatch({ type: 'doing', words }) } })
  }),
  edit: async ({ chat, id, text, markdown }, { petrel, signal }) => ({ type: 'message', message: await petrel.editMessage(chat, id, text, { wait: 'queued', signal, ...markdown === true ? { format: 'markdown' } : {} }) }),
  delete: async ({ chat, id }, { petrel, signal }) => { await petrel.deleteMessages(chat, [id], { wait: 'queued', signal }); return undefined },
  fetch: async ({ chat, id }, { petrel, signal }) => ({ type: 'message', message: await petrel.getMessage(chat, id, { signal }) }),
  forward: async ({ chat, id, to }, { petrel, signal }) => {
    await petrel.forwardMessages(chat, [id], to, { wait: 'queued', idempotencyKey: key(), signal })
    return said('forwarded')
  },
  react: async ({ chat, id, emoji }, { petrel, signal }) => ({ type: 'message', message: await petrel.react(chat, id, [...emoji], { wait: 'queued', signal }) }),
  pin: async ({ chat, id, unpin }, { petrel, signal }) => ({ type: 'message', message: await petrel.pinMessage(chat, id, { wait: 'queued', signal, ...unpin ? { unpin } : {} }) }),
  'send-poll': async ({ chat, question, options }, { petrel, signal }) => ({ type: 'message', message: await petrel.sendPoll(chat, { question, options: [...options] }, { wait: 'queued', idempotencyKey: key(), signal }) }),
  vote: async ({ chat, id, options }, { petrel, signal }) => ({ type: 'message', message: await petrel.vote(chat, id, [...options], { wait: 'queued', signal }) }),
  'close-poll': async ({ chat, id }, { petrel, signal }) => ({ type: 'message', message: await petrel.closePoll(chat, id, { wait: 'queued', signal }) }),
  pins: async ({ chat }, { petrel, signal }) => {
    const messages = (await petrel.listPinned(chat, { signal })).reverse()
    return messages.length === 0 ? said('nothing is pinned here') : { type: 'found', chat, title: 'pinned', messages }
  },
  search: async ({ chat, query }, { petrel, signal }) => {
    const { messages, hasMore } = await petrel.searchMessages({ chat, query, limit: FOUND, signal })
    const found = messages.map(({ message }) => message).reverse()
    return found.length === 0 ? said('nothing found') : { type: 'found', chat, title: hasMore ? `the newest ${found.length} with: ${query}` : `with: ${query}`, messages: found }
  },
  scheduled: async ({ chat }, { petrel, signal, context }) => said(...scheduledLines(await petrel.listScheduled({ chat, signal }), at => shortTime(at, context.io.now()))),
  unschedule: async ({ chat, k, now }, { petrel, signal }) => {
    const waiting = (await petrel.listScheduled({ chat, signal }))[k - 1]
    if (waiting === undefined) return said(`nothing with the number ${k} waits here: /scheduled`)
    if (now) return { type: 'message', message: await petrel.sendScheduled(waiting.id, { signal }) }
    await petrel.cancelScheduled(waiting.id, { signal })
    return said(`taken back, nobody will get it: ${preview({ ...waiting, own: false })}`)
  },
  readers: async ({ chat, id, n }, { petrel, signal, context }) => said(...readerLines(n, await petrel.listReaders(chat, id, { signal }), at => shortTime(at, context.io.now()))),
  read: async ({ chat, upTo }, { petrel, signal }) => { await petrel.readChat(chat, { upTo, signal }); return undefined },
  members: async ({ chat }, { petrel, signal }) => {
    const info = await infoOf(petrel, chat, signal)
    return said(...info.kind === 'group' ? groupLines(await petrel.showGroup(chat, { signal })) : [`you and ${info.title}`])
  },
  verify: async ({ chat }, { petrel, signal }) => said(...numberLines(await petrel.safetyNumber((await infoOf(petrel, chat, signal)).peer, { signal }))),
  typing: async ({ chat, idle }, { petrel, signal }) => { await petrel.setTyping(chat, { signal, ...idle ? { action: 'idle' } : {} }); return undefined },
  online: async ({ online }, { petrel, signal }) => { await petrel.setOnline(online, { signal }); return undefined },
  draft: async ({ chat, text, replyTo }, { petrel, signal }) => { await petrel.saveDraft(chat, text === '' ? null : text.slice(0, LIMITS.textUnits), { signal, ...replyTo === null ? {} : { replyTo } }); return undefined },
  'refresh-chat': async ({ chat }, { petrel, signal }) => {
    const info = await infoOf(petrel, chat, signal)
    return { type: 'chat', info, verified: await verifiedOf(petrel, info, signal) }
  },
  'refresh-chats': async (_, { petrel, signal }) => await listedChats(petrel, signal),
  'list-chats': async (_, { petrel, signal }) => ({ ...await listedChats(petrel, signal), asked: true }),
  'refresh-node': async (_, { petrel, signal }) => ({ type: 'node', node: await petrel.status({ signal }) }),
  'list-files': async ({ path, from }, { context }) => ({ type: 'words', from, words: await fileWords(path, context.io) }),
  'list-members': async ({ chat, start, from }, { petrel, signal }) => {
    const info = await infoOf(petrel, chat, signal)
    const names = info.kind === 'group' ? (await petrel.showGroup(chat, { signal })).members.map(({ name }) => name) : [info.title]
    return { type: 'words', from, words: names.filter(name => name.toLowerCase().startsWith(start.toLowerCase())).map(name => `@${name}`) }
  },
  ...SECRET_CALLS
}

/** All chats, secret ones too. */
export async function listedChats (petrel: Petrel, signal: AbortSignal): Promise<Extract<Input, { type: 'chats' }>> {
  const [chats, secrets] = await Promise.all([petrel.listChats({ signal }), petrel.listSecrets({ signal })])
  return { type: 'chats', chats, secrets }
}

async function send ({ chat, text, replyTo, silent, markdown, at }: ErrandArguments['send'], { petrel, signal, context }: CallOptions): Promise<Input> {
  const options: SendOptions = { wait: 'queued', idempotencyKey: key(), signal, ...replyTo === null ? {} : { replyTo }, ...silent === true ? { silent } : {}, ...markdown === true ? { format: 'markdown' } : {}, ...at === undefined ? {} : { at } }
  const message = await petrel.send(chat, text, options)
  return at === undefined ? { type: 'message', message } : said(`goes at ${shortTime(at, context.io.now())}: /scheduled lists what waits`)
}

/** The newest page of a chat, with all that is unread as far as a page goes. @throws NotFoundError, AmbiguousError */
export async function openChat (petrel: Petrel, chat: string, signal: AbortSignal): Promise<Input> {
  const page = await petrel.showChat(chat, { limit: PAGE, signal })
  const wanted = Math.min(LIMITS.apiPageItems, page.chat.unread + BEFORE_UNREAD)
  const whole = wanted > PAGE && page.hasMore ? await petrel.showChat(page.chat.id, { limit: wanted, signal }) : page
  return { type: 'opened', page: whole, verified: await verifiedOf(petrel, page.chat, signal) }
}

async function infoOf (petrel: Petrel, chat: string, signal: AbortSignal): Promise<ChatInfo> { return (await petrel.showChat(chat, { limit: 1, signal })).chat }

async function verifiedOf (petrel: Petrel, { kind, peer }: ChatInfo, signal: AbortSignal): Promise<boolean | null> {
  if (kind === 'group') return null
  return (await petrel.listContacts({ signal })).find(({ account }) => account === peer)?.verified ?? false
}
