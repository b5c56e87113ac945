/**
 * The HTML of Telegram's bots: a few tags, and nothing else. A tag that is unknown, not closed or closed out of turn is
 * an error, for it is more likely text that was not escaped. By `htmlparser2`.
 */
import { Parser } from 'htmlparser2'
import { BadInputError } from '../wire/index.js'
import { TextBuilder } from './builder.js'
import type { TextEntity } from './entities.js'
import { linkEntity } from './links.js'

const STYLES: Readonly<Record<string, string>> = {
  b: 'bold', strong: 'bold', i: 'italic', em: 'italic', u: 'underline', ins: 'underline', s: 'strikethrough', strike: 'strikethrough', del: 'strikethrough',
  'tg-spoiler': 'spoiler', code: 'code', pre: 'pre', blockquote: 'blockquote'
}
const DEPTH = 64

interface Open { readonly name: string, readonly from: number, readonly type: string | null, value?: string }
type Attributes = Readonly<Record<string, string>>

/** The text that an HTML source stands for, and its formatting. @throws BadInputError for a tag that is not one of the few, or not closed in turn */
export function fromHtml (source: string): { text: string, entities: TextEntity[] } {
  const out = new TextBuilder()
  const open: Open[] = []
  let closed = 0
  const parser = new Parser({
    onopentag: (name, attributes) => {
      if (name === 'br') { out.add('\n'); return }
      if (open.length >= DEPTH) throw new BadInputError(`there are at most ${DEPTH} tags inside each other`)
      open.push({ name, from: out.length, ...opened(name, attributes, open.at(-1)) })
    },
    ontext: text => { out.add(text) },
    onclosetag: (name, isImplied) => {
      if (name === 'br') return
      closed++
      const last = open.pop()
      if (isImplied || last?.name !== name) throw new BadInputError(`<${(last?.name ?? name).slice(0, 20)}> is not closed where it should be: write &lt; for a plain <`)
      if (last.type !== null) out.mark(last.from, last.type, last.value)
    },
    oncomment: () => { throw new BadInputError('a text has no comments: write &lt; for a plain <') },
    onprocessinginstruction: () => { throw new BadInputError('that is no HTML of a message: write &lt; for a plain <') },
    onerror: error => { throw error }
  }, { decodeEntities: true, lowerCaseTags: true, recognizeSelfClosing: false })
  parser.end(source)
  // What closes nothing is passed over by the parser.
  if ((source.match(/<\/[a-z]/gi)?.length ?? 0) !== closed) throw new BadInputError('something is closed that was not opened: write &lt; for a plain <')
  return out.end()
}

/** What an opening tag begins. `<pre><code class="language-…">` is one block of code with a language. */
function opened (name: string, attributes: Attributes, outer: Open | undefined): Pick<Open, 'type' | 'value'> {
  if (name === 'a') {
    const link = linkEntity(attributes.href ?? '')
    if (link === undefined) throw new BadInputError('the href of <a> is no address with http, https, mailto, tel or petrel')
    return link
  }
  if (name === 'tg-emoji') return { type: 'custom_emoji', value: attributes['emoji-id'] ?? '' }
  if (name === 'span' && attributes.class === 'tg-spoiler') return { type: 'spoiler' }
  if (name === 'code' && outer?.type === 'pre') {
    const language = /^language-(\S+)$/.exec(attributes.class ?? '')?.[1]
    if (language !== undefined) outer.value = language
    return { type: null }
  }
  const type = Object.hasOwn(STYLES, name) ? STYLES[name] : undefined
  if (type === undefined) throw new BadInputError(`there is no formatting <${name.slice(0, 20)}>: write &lt; for a plain <`)
  return { type }
}
