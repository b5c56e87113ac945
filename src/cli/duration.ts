/** Durations as people type them. */
import { badInput } from './failure.js'

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 }
const PART = /(\d+(?:\.\d+)?)(ms|s|m|h|d|w)/y
/** Longest: ten years. Longer is a typing mistake, and timers cannot count much further. */
const MOST_MS = 3650 * 86_400_000

/**
 * Milliseconds of `30s`, `1h30m`, `7d`, `250ms`. A number needs its unit.
 *
 * @param what - names the flag in the error
 * @throws CliError ERR_BAD_INPUT
 */
export function parseDuration (text: string, what: string): number {
  let total = 0
  PART.lastIndex = 0
  let end = 0
  for (let match = PART.exec(text); match !== null; match = PART.exec(text)) {
    total += Number(match[1]) * (UNITS[match[2] ?? ''] ?? Number.NaN)
    end = PART.lastIndex
  }
  if (end === 0 || end !== text.length || !(total > 0) || total > MOST_MS) {
    throw badInput(`${what} needs a duration such as 30s, 10m, 1h30m or 7d, not "${text.slice(0, 40)}"`)
  }
  return Math.round(total)
}

/** A duration in its two largest units: `3d 4h`, `12s`. */
export function formatDuration (ms: number): string {
  const parts: string[] = []
  let rest = Math.max(0, Math.round(ms / 1000))
  for (const [unit, seconds] of [['d', 86_400], ['h', 3600], ['m', 60], ['s', 1]] as const) {
    const count = Math.floor(rest / seconds)
    rest -= count * seconds
    if (count > 0 && parts.length < 2) parts.push(`${count}${unit}`)
  }
  return parts.length === 0 ? '0s' : parts.join(' ')
}
