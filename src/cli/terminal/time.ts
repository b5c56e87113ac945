/** Times in the person's own zone. */
import { formatDuration } from '../duration.js'

const two = (n: number): string => String(n).padStart(2, '0')

/** `14:05` today, `2026-03-01 14:05` on another day. */
export function shortTime (at: Date, now: Date): string {
  const time = `${two(at.getHours())}:${two(at.getMinutes())}`
  return at.toDateString() === now.toDateString() ? time : `${day(at)} ${time}`
}

/** `2026-03-01 14:05:07`. */
export function exactTime (at: Date): string { return `${day(at)} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}` }

/** `2026-03-01`. */
export function day (at: Date): string { return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}` }

/** `in 3d 4h`, `5m ago`. */
export function relative (at: Date, now: Date): string {
  const ms = at.getTime() - now.getTime()
  return ms >= 0 ? `in ${formatDuration(ms)}` : `${formatDuration(-ms)} ago`
}

/** Bytes as people read them: `1.5 MiB`. */
export function bytesText (bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  let value = bytes
  let unit = 0
  while (value >= 1024 && unit < units.length - 1) { value /= 1024; unit++ }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit] ?? 'B'}`
}
