/** What both sides of bench/media.ts begin with: the built code, bare streams, and what is said of the process itself. */
import { randomBytes } from 'node:crypto'
import type { Stream } from '@libp2p/interface'

/** A module of the built code. */
export const load = async <T>(path: string): Promise<T> => await import(new URL(`../../dist/${path}`, import.meta.url).href) as T

/** Bytes of one piece of a bare stream. */
export const PIECE = 256 * 1024

let peak = 0
setInterval(() => { peak = Math.max(peak, process.memoryUsage.rss()) }, 100).unref()

/** Memory of this process now, and the most since the last time, MB. */
export function memory (): { peakMb: number, nowMb: number } {
  const figures = { peakMb: peak / 1e6, nowMb: process.memoryUsage.rss() / 1e6 }
  peak = 0
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
