/** Who has read what, and what people do at the moment. */
import type { Activity, CallOptions, Reader, TypingAction } from '../../protocol/api/index.js'
import { AbortedError, BadInputError, NotFoundError, UnsupportedError } from '../../protocol/wire/index.js'
import { readersOf, type ActivityNews } from '../chats/index.js'
import type { NodeCore } from '../core.js'
import { findChat, messageId } from './chats.js'

/** Who has received an own message of a group, and who has read it. */
export async function listReaders (core: NodeCore, words: string, message: string): Promise<Reader[]> {
  const { chat } = await findChat(core, words)
  const found = await chat.timeline.find(messageId(message))
  if (found === undefined) throw new NotFoundError(`this chat's log has no message ${message}`)
  const readers = await readersOf(chat, found)
  if (readers === 'not-own') throw new BadInputError('only of an own message is known who has read it')
  if (readers === 'too-large') throw new UnsupportedError('in a group of this size nobody tells what it has read')
  return readers
}

/** Tells the others of a chat what this person does. */
export async function setTyping (core: NodeCore, words: string, { action = 'typing' }: CallOptions & { action?: TypingAction }): Promise<void> {
  core.chats.live.typing(await findChat(core, words), action)
}

/** Says that the person is here, or is not. */
export function setOnline (core: NodeCore, online: boolean): void { core.chats.live.setOnline(online) }

/** What others do at the moment, then each change. Of what changes faster than it is read, the newest is told. */
export async function * activity (core: NodeCore, options: CallOptions & { chat?: string }): AsyncGenerator<Activity> {
  const wanted = options.chat === undefined ? undefined : (await findChat(core, options.chat)).chat.id
  const { signal } = options
  const queue = new Map<string, ActivityNews>()
  let wake = (): void => undefined
  const add = (news: ActivityNews): void => {
    if (wanted !== undefined && news.chat !== wanted) return
    queue.set(news.key, news)
    wake()
  }
  const ending = AbortSignal.any([signal, core.ending.signal].filter(one => one !== undefined))
  const { board } = core.chats.live
  const unwatch = board.watch(add)
  const stop = (): void => { wake() }
  ending.addEventListener('abort', stop, { once: true })
  try {
    for (const news of board.all()) add(news)
    while (!ending.aborted) {
      const [first] = queue
      if (first !== undefined) {
        queue.delete(first[0])
        yield viewOf(core, first[1])
        continue
      }
      await new Promise<void>(resolve => { wake = resolve })
    }
    throw core.ending.signal.aborted ? core.ending.signal.reason : new AbortedError('watching what others do was ended', { cause: signal?.reason })
  } finally {
    ending.removeEventListener('abort', stop)
    unwatch()
  }
}

function viewOf (core: NodeCore, { chat, account, name, kind, until }: ActivityNews): Activity {
  return { chat, account: name, name: core.chats.nameIn(chat, account), kind, until: until === null ? null : new Date(until) }
}
