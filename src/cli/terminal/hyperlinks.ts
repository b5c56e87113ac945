/** Whether this terminal makes links of links, by its environment alone: as {@link graphicsOf} does. */
import type { Settings } from '../settings.js'

const PROGRAMS: ReadonlySet<string> = new Set(['iTerm.app', 'WezTerm', 'vscode', 'ghostty', 'Hyper', 'Tabby', 'rio'])
const TERMS: ReadonlySet<string> = new Set(['xterm-kitty', 'xterm-ghostty', 'alacritty', 'foot', 'foot-extra', 'contour'])
/** GNOME's terminals do from version 0.50 on. */
const VTE = 5000

/** Whether links are written as such. Output that is no terminal, or shows no colours, gets none. */
export function showsLinks (env: Readonly<Record<string, string | undefined>>, { columns, json, color }: Pick<Settings, 'columns' | 'json' | 'color'>): boolean {
  const { TERM = '', TERM_PROGRAM = '' } = env
  if (columns === null || json || !color) return false
  // A multiplexer may pass them on or not, and does not say.
  if (env.TMUX !== undefined || env.STY !== undefined || env.ZELLIJ !== undefined || /^(screen|tmux|dumb)/.test(TERM)) return false
  return PROGRAMS.has(TERM_PROGRAM) || TERMS.has(TERM) || env.KITTY_WINDOW_ID !== undefined || env.WT_SESSION !== undefined || env.KONSOLE_VERSION !== undefined || Number(env.VTE_VERSION ?? 0) >= VTE
}
