/** Points in time that are past, as people type them. */
import { parseDuration } from './duration.js'
import { badInput } from './failure.js'
import { dateOf } from './when.js'

const AGO = /^[\d.]+(?:ms|[smhdw])/

/**
 * `2026-03-01` (its first moment), `2026-03-01 14:05` in the person's own zone or with one, `today`, `yesterday`, or
 * `7d`: so long ago.
 *
 * @param what - names the flag in the error
 * @throws CliError ERR_BAD_INPUT
 */
export function parseMoment (text: string, what: string, now: Date): Date {
  if (text === 'today' || text === 'yesterday') return new Date(now.getFullYear(), now.getMonth(), now.getDate() - (text === 'today' ? 0 : 1))
  if (AGO.test(text)) return new Date(now.getTime() - parseDuration(text, what))
  const moment = dateOf(text.trim())
  if (moment === undefined || Number.isNaN(moment.getTime())) throw badInput(`${what} needs a day such as 2026-03-01, a time such as "2026-03-01 14:05", or how long ago, such as 7d, not "${text.slice(0, 40)}"`)
  return moment
}
