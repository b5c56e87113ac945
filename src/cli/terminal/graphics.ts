/**
 * Whether, and how, this terminal shows pictures. Told by its environment alone: asking the terminal itself means to
 * wait for an answer that may never come, and to read keys that belong to somebody else.
 */
import { badInput } from '../failure.js'
import type { Settings } from '../settings.js'

/** How pictures are drawn: kitty's protocol, iTerm2's, coloured half blocks, or not at all. */
export type Graphics = 'kitty' | 'iterm' | 'blocks' | 'never'

/** What a person may ask for. */
export const GRAPHICS_CHOICES = ['auto', 'kitty', 'iterm', 'blocks', 'never'] as const

type Environment = Readonly<Record<string, string | undefined>>

/** Konsole draws by kitty's protocol from version 22.04 on. */
const KONSOLE = 220_400
const KITTY_PROGRAMS = new Set(['ghostty'])
const ITERM_PROGRAMS = new Set(['iTerm.app', 'WezTerm', 'mintty'])

/** What to draw with. Output that is no terminal shows none, whatever is asked for. @throws BadInputError for a word that is no choice */
export function graphicsOf (asked: string, env: Environment, { columns, json, color }: Pick<Settings, 'columns' | 'json' | 'color'>): Graphics {
  if (!GRAPHICS_CHOICES.some(choice => choice === asked)) throw badInput(`PETREL_IMAGES is one of ${GRAPHICS_CHOICES.join(', ')}, not ${asked}`)
  if (columns === null || json) return 'never'
  if (asked === 'kitty' || asked === 'iterm' || asked === 'never') return asked
  if (asked === 'blocks') return color ? 'blocks' : 'never'
  return detected(env)
}

function detected (env: Environment): Graphics {
  const { TERM = '', TERM_PROGRAM = '', LC_TERMINAL = '' } = env
  // A multiplexer passes on no pictures, though the variables of the terminal around it are still there.
  if (env.TMUX !== undefined || env.STY !== undefined || env.ZELLIJ !== undefined || /^(screen|tmux|dumb)/.test(TERM)) return 'never'
  if (env.KITTY_WINDOW_ID !== undefined || TERM === 'xterm-kitty' || TERM === 'xterm-ghostty' || KITTY_PROGRAMS.has(TERM_PROGRAM)) return 'kitty'
  if (Number(env.KONSOLE_VERSION ?? 0) >= KONSOLE) return 'kitty'
  return ITERM_PROGRAMS.has(TERM_PROGRAM) || LC_TERMINAL === 'iTerm2' ? 'iterm' : 'never'
}
