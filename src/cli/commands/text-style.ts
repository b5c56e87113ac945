/** How formatted text is shown by the commands that print messages. */
import type { Context } from '../context.js'
import type { Input } from '../input.js'
import { showsLinks } from '../terminal/hyperlinks.js'
import type { TextStyle } from '../terminal/styled-text.js'

/** By what the terminal shows, and whether the person asked for spoilers. */
export function textStyle ({ io, settings }: Pick<Context, 'io' | 'settings'>, input: Input): Omit<TextStyle, 'columns'> {
  return { color: settings.color, links: showsLinks(io.env, settings), spoilers: input.flag('spoilers') }
}
