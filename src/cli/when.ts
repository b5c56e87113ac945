/** Points in time as people type them. */
import { badInput } from './failure.js'

const TIME = /^(\d{1,2}):(\d{2})$/
const DATE_TIME = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{1,2}):(\d{2})(?::(\d{2}))?(Z|[+-]\d{2}:\d{2})?)?$/

/**
 * `18:00` (the next time that a clock here shows that), `2026-12-24 18:00`, `2026-12-24` (midnight), or with a zone
 * `2026-12-24T18:00Z`, `2026-12-24T18:00+01:00`. Without a zone in the person's own.
 *
 * @param what - names the flag in the error
 * @throws CliError ERR_BAD_INPUT
 */
export function parseWhen (text: string, now: Date, what: string): Date {
  const words = text.trim()
  const at = ofToday(words, now) ?? dateOf(words)
  if (at === undefined || Number.isNaN(at.getTime())) throw badInput(`${what} needs a time such as 18:00, "2026-12-24 18:00" or 2026-12-24T18:00Z, not "${text.slice(0, 40)}"`)
  return at
}

function ofToday (text: string, now: Date): Date | undefined {
  const [, hours, minutes] = TIME.exec(text) ?? []
  if (hours === undefined || minutes === undefined || Number(hours) > 23 || Number(minutes) > 59) return undefined
  const on = (days: number): Date => new Date(now.getFullYear(), now.getMonth(), now.getDate() + days, Number(hours), Number(minutes))
  return on(0).getTime() > now.getTime() ? on(0) : on(1)
}

/** A day (its first moment) or a time of it, as {@link parseWhen} takes them; undefined for what is none. */
export function dateOf (text: string): Date | undefined {
  const [, year, month, day, hours = '0', minutes = '0', seconds = '0', zone] = DATE_TIME.exec(text) ?? []
  if (year === undefined || month === undefined || day === undefined) return undefined
  const fields = [Number(year), Number(month), Number(day), Number(hours), Number(minutes), Number(seconds)] as const
  const [y, m, d, h, min, s] = fields
  const local = new Date(y, m - 1, d, h, min, s)
  // What is no date, such as 30 February, would become another one.
  if (local.getMonth() !== m - 1 || local.getDate() !== d || h > 23 || min > 59 || s > 59) return undefined
  return zone === undefined ? local : new Date(`${year}-${month}-${day}T${hours.padStart(2, '0')}:${minutes}:${seconds.padStart(2, '0')}${zone}`)
}
