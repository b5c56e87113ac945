/** What both sides of bench/media.ts begin with: the built code, bare streams, and what is said of the process itself. */
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Stream } from '@libp2p/interface'

/** A module of the built code. */
export const load = async <T>(path: string): Promise<T> => await import(new URL(`../../dist/${path}`, import.meta.url).href) as T

/** Bytes of one piece of a bare stream. */
export const PIECE = 256 * 1024

/** Bytes that are this process's alone: without what is mapped from files, above all Node itself, which all processes share. 0 where it is not told. */
function own (): number {
  try {
    return Number(/^RssAnon:\s*(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? 0) * 1024
  } catch {
    return 0
  }
}

let [peak, ownPeak] = [0, 0]
setInterval(() => {
  peak = Math.max(peak, process.memoryUsage.rss())
  ownPeak = Math.max(ownPeak, own())
}, 100).unref()

/** Memory of this process now, the most since the last time, and the most that was its alone, MB. */
export function memory (): { peakMb: number, ownPeakMb: number, nowMb: number } {
  const figures = { peakMb: peak / 1e6, ownPeakMb: ownPeak / 1e6, nowMb: process.memoryUsage.rss() / 1e6 }
  peak = 0
  ownPeak = 0
  return figures
}

const drained = async (stream: Stream): Promise<void> => { await new Promise(resolve => { stream.addEventListener('drain', resolve, { once: true }) }) }

/** Sends so many bytes as a bare stream best can. */
export async function pour (stream: Stream, total: number): Promise<void> {
  const piece = new Uint8Array(randomBytes(PIECE))
  for (let sent = 0; sent < total; sent += PIECE) if (!stream.send(piece)) await drained(stream)
}

/** Resolves when so many bytes have come. */
export async function swallow (stream: Stream, total: number): Promise<void> {
  let got = 0
  await new Promise<void>((resolve, reject) => {
    stream.addEventListener('message', ({ data }) => {
      got += data.byteLength
      if (got >= total) resolve()
    })
    stream.addEventListener('close', () => { reject(new Error('the stream ended')) })
  })
}
