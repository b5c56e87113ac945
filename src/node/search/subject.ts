/** What of a message can be looked for. */
import type { SearchKind } from '../../protocol/api/index.js'
import { mediaKind, type Body } from '../../protocol/message/index.js'
import { itemsOf } from '../chats/index.js'

/** A message as search sees it. */
export interface Subject {
  /** Its text first, then what else it says in words: names of files, options of a poll. */
  readonly texts: readonly string[]
  readonly kinds: readonly (SearchKind | 'other')[]
}

const TEXT: Subject['kinds'] = ['text']
const TEXT_AND_LINK: Subject['kinds'] = ['text', 'link']
const LINK = /\bhttps?:\/\/\S/i

/** What a body says; undefined for what nobody looks for (what was done to messages, and notices of the chat). */
export function subjectOf (body: Body): Subject | undefined {
  switch (body.kind) {
    case 'text': return { texts: [body.text], kinds: hasLink(body) ? TEXT_AND_LINK : TEXT }
    case 'media': case 'album': {
      const items = itemsOf(body)
      const kinds = new Set(items.map(({ as }) => mediaKind(as)))
      return { texts: [body.text ?? '', ...items.flatMap(({ file }) => file.name ?? [])], kinds: [...kinds, ...linkIn(body)] }
    }
    case 'poll': return { texts: [body.question, ...body.options.map(({ text }) => text)], kinds: ['poll', ...linkIn({ text: body.question })] }
    case 'unknown': return { texts: [body.fallback], kinds: ['other'] }
    default: return undefined
  }
}

function linkIn (body: Parameters<typeof hasLink>[0]): ['link'] | [] { return hasLink(body) ? ['link'] : [] }

function hasLink ({ text = '', entities }: { text?: string, entities?: ReadonlyArray<{ type: string }> }): boolean {
  return LINK.test(text) || entities?.some(({ type }) => type === 'url' || type === 'text_link') === true
}
