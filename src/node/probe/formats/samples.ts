/** Where a track's samples stand in the file (ISO/IEC 14496-12, 8.7). */
import { Damaged } from '../damaged.js'
import { u32, type Window } from '../window.js'
import { boxes, content, uint, type Box } from './boxes.js'
import { MANY } from './looked.js'

/** The ranges of a track's chunks. @throws Damaged when its tables do not fit each other */
export async function sampleRanges (file: Window, stbl: Box): Promise<[start: number, end: number][]> {
  const tables = new Map<string, Uint8Array>()
  for (const box of await boxes(file, stbl.body, stbl.end)) {
    if (['stsz', 'stz2', 'stsc', 'stco', 'co64'].includes(box.name)) tables.set(box.name, await content(file, box))
  }
  const chunks = chunkOffsets(tables)
  const sizeOf = sampleSizes(tables)
  const perChunk = tables.get('stsc') ?? new Uint8Array(8)
  const runs = Math.min(u32(perChunk, 4), Math.floor((perChunk.length - 8) / 12))
  const out: [number, number][] = []
  let run = 0
  let sample = 0
  chunks.forEach((start, i) => {
    // A run holds from its first chunk up to the next run's.
    while (run + 1 < runs && u32(perChunk, 8 + (run + 1) * 12) <= i + 1) run++
    const count = runs === 0 ? 0 : u32(perChunk, 8 + run * 12 + 4)
    if (sample + count > MANY * 8) throw new Damaged('a track has too many samples')
    let length = 0
    for (let n = 0; n < count; n++) length += sizeOf(sample++)
    out.push([start, start + length])
  })
  return out
}

function chunkOffsets (tables: ReadonlyMap<string, Uint8Array>): number[] {
  const small = tables.get('stco')
  const table = small ?? tables.get('co64')
  if (table === undefined) return []
  const bytes = small === undefined ? 8 : 4
  const count = u32(table, 4)
  if (count > MANY || 8 + count * bytes > table.length) throw new Damaged('a track has too many chunks')
  return Array.from({ length: count }, (_, i) => uint(table, 8 + i * bytes, bytes))
}

function sampleSizes (tables: ReadonlyMap<string, Uint8Array>): (sample: number) => number {
  const table = tables.get('stsz')
  if (table === undefined) throw new Damaged('a track does not say how large its samples are')
  const all = u32(table, 4)
  return sample => all > 0 ? all : u32(table, 12 + sample * 4)
}
