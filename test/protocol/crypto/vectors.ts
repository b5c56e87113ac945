/** Reads test/vectors. */
import { readFileSync } from 'node:fs'

export const hex = (data: Uint8Array): string => Buffer.from(data).toString('hex')
export const unhex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'))

/** Where vectors of this folder stand. */
export const vectorFile = (name: string): URL => new URL(`../../vectors/${name}.json`, import.meta.url)
/** As they stand there. */
export const vectorText = (file: unknown): string => `${JSON.stringify(file, null, 2)}\n`

/** The vectors of a file. */
export function vectors<T> (name: string): T[] {
  const { vectors: list } = JSON.parse(readFileSync(vectorFile(name), 'utf8')) as { vectors: T[] }
  return list
}
