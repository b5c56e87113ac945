/** Looks into every file of a directory, as somebody would who took the disk. */
import { readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'

/** Where something was found. */
export interface Hit { readonly file: string, readonly at: number, readonly bytes: Buffer }

/** What was looked at. */
export interface Files { readonly count: number, readonly bytes: number, find (needle: Uint8Array): Hit | undefined }

/** Reads all files below a directory. */
export async function readAll (folder: string): Promise<Files> {
  const entries = (await readdir(folder, { recursive: true, withFileTypes: true })).filter(entry => entry.isFile())
  const files = await Promise.all(entries.map(async entry => {
    const path = join(entry.parentPath, entry.name)
    return { file: relative(folder, path), bytes: await readFile(path) }
  }))
  return {
    count: files.length,
    bytes: files.reduce((sum, { bytes }) => sum + bytes.length, 0),
    find: needle => {
      for (const { file, bytes } of files) {
        const at = bytes.indexOf(needle)
        if (at >= 0) return { file, at, bytes }
      }
      return undefined
    }
  }
}

/** A text in the encodings in which a disk might hold it. */
export function spellings (text: string): Buffer[] {
  return [Buffer.from(text, 'utf8'), Buffer.from(text, 'utf16le'), Buffer.from(Buffer.from(text).toString('base64').replace(/=+$/, '').slice(0, -1)), Buffer.from(Buffer.from(text).toString('hex'))]
}

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567'

/** The bytes of a message id's text: multibase base32 (RFC 4648 without padding) behind a `b`. */
export function idBytes (text: string): Uint8Array {
  let [buffer, bits] = [0, 0]
  const out: number[] = []
  for (const character of text.slice(1)) {
    buffer = (buffer << 5 | ALPHABET.indexOf(character)) & 0xfff
    bits += 5
    if (bits >= 8) { bits -= 8; out.push(buffer >> bits & 0xff) }
  }
  return Uint8Array.from(out)
}

const ROW = 16

/** Some bytes as hexadecimal rows with their printable characters beside them. */
export function hexRows ({ bytes, at }: Hit, rows: number): string[] {
  return Array.from({ length: rows }, (_, row) => {
    const part = bytes.subarray(at + row * ROW, at + (row + 1) * ROW)
    const printable = part.toString('latin1').replace(/[^ -~]/g, '.')
    return `${(part.toString('hex').match(/../g) ?? []).join(' ').padEnd(ROW * 3 - 1)}  ${printable}`
  })
}
