/** Points in time as people type them. */
import { parseDuration } from './duration.js'
import { badInput } from './failure.js'

const DAY = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2}))?$/
const AGO = /^[\d.]+(?:ms|[smhdw])/

/**
 * `2026-03-01` (its first moment) or `2026-03-01 14:05` in the person's own zone, a whole RFC 3339 time, `today`,
 * `yesterday`, or `7d`: so long ago.
 *
 * @param what - names the flag in the error
 * @throws CliError ERR_BAD_INPUT
 */
export function parseMoment (text: string, what: string, now: Date): Date {
  if (text === 'today' || text === 'yesterday') return new Date(now.getFullYear(), now.getMonth(), now.getDate() - (text === 'today' ? 0 : 1))
  if (AGO.test(text)) return new Date(now.getTime() - parseDuration(text, what))
  const [, year, month, day, hour = '0', minute = '0'] = DAY.exec(text) ?? []
  const moment = year === undefined ? rfc3339(text) : new Date(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute))
  const isReal = moment !== undefined && !Number.isNaN(moment.getTime()) && (year === undefined || (moment.getMonth() === Number(month) - 1 && moment.getHours() === Number(hour) && moment.getMinutes() === Number(minute)))
  if (!isReal) throw badInput(`${what} needs a day such as 2026-03-01, a time such as "2026-03-01 14:05", or how long ago, such as 7d, not "${text.slice(0, 40)}"`)
  return moment
}

function rfc3339 (text: string): Date | undefined { return /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/.test(text) ? new Date(text) : undefined }
