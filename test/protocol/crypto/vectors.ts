/** Reads test/vectors. */
import { readFileSync } from 'node:fs'

export const hex = (data: Uint8Array): string => Buffer.from(data).toString('hex')
export const unhex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'))

/** The vectors of a file. */
export function vectors<T> (name: string): T[] {
  const { vectors: list } = JSON.parse(readFileSync(new URL(`../../vectors/${name}.json`, import.meta.url), 'utf8')) as { vectors: T[] }
  return list
}
