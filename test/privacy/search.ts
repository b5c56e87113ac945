/** Looks for secrets in bytes, in every form in which a program might have written them. */
import { readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { base32, base32hex } from 'multiformats/bases/base32'
import { base36 } from 'multiformats/bases/base36'
import { base58btc } from 'multiformats/bases/base58'

/** What is looked for: a text, or bytes. */
export type Marker = string | Uint8Array

/** Where a marker stands. */
export interface Hit { readonly marker: string, readonly form: string, readonly where: string, readonly at: number }

/** Some bytes and what they are. */
export interface Place { readonly where: string, readonly bytes: Uint8Array }

/** Shorter forms would be found by chance. */
const LEAST = 6
/** The scan looks up four bytes at a time. */
const HEAD = 4

interface Form { readonly marker: string, readonly form: string, readonly bytes: Buffer }

/** Markers in all their forms, made once and looked for in many places. */
export class Search {
  readonly #byHead = new Map<number, Form[]>()
  readonly #hasTail = new Uint8Array(65_536)

  constructor (markers: ReadonlyMap<string, Marker> | Readonly<Record<string, Marker>>) {
    for (const [name, marker] of markers instanceof Map ? markers : Object.entries(markers as Record<string, Marker>)) {
      for (const form of formsOf(name, marker)) this.#add(form)
    }
  }

  /** Every place and form in which a marker stands, each once. */
  find (places: readonly Place[]): Hit[] {
    const hits = new Map<string, Hit>()
    for (const { where, bytes } of places) {
      for (const { form, at } of this.#scan(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length))) {
        const hit = { marker: form.marker, form: form.form, where, at }
        hits.set(`${hit.marker} ${hit.form} ${where}`, hit)
      }
    }
    return [...hits.values()]
  }

  /** The names of the markers that stand somewhere, in whatever form. */
  found (places: readonly Place[]): Set<string> { return new Set(this.find(places).map(hit => hit.marker)) }

  #add (form: Form): void {
    if (form.bytes.length < LEAST) throw new RangeError(`${form.marker} as ${form.form} is too short to be looked for`)
    const head = form.bytes.readUInt32LE(0)
    this.#hasTail[head & 0xffff] = 1
    const same = this.#byHead.get(head)
    if (same === undefined) this.#byHead.set(head, [form])
    else same.push(form)
  }

  * #scan (bytes: Buffer): Generator<{ form: Form, at: number }> {
    for (let at = 0; at + HEAD <= bytes.length; at++) {
      if (this.#hasTail[bytes[at]! | bytes[at + 1]! << 8] === 0) continue
      for (const form of this.#byHead.get(bytes.readUInt32LE(at)) ?? []) {
        if (bytes.compare(form.bytes, 0, form.bytes.length, at, Math.min(at + form.bytes.length, bytes.length)) === 0) yield { form, at }
      }
    }
  }
}

/** All forms of one marker. */
function formsOf (marker: string, value: Marker): Form[] {
  const raw = Buffer.from(value)
  const forms: Array<[string, Buffer]> = [['raw', raw], ...alphabets(raw)]
  if (typeof value === 'string') {
    forms.push(['utf-16le', Buffer.from(value, 'utf16le')], ['utf-16be', Buffer.from(value, 'utf16le').swap16()], ['utf-32le', utf32(value)])
    for (const text of [value.toLowerCase(), value.toUpperCase()]) if (text !== value) forms.push(['in another case', Buffer.from(text)])
    for (const text of [encodeURIComponent(value), JSON.stringify(value).slice(1, -1), asciiJson(value)]) if (text !== value) forms.push(['escaped', Buffer.from(text)])
  } else {
    forms.push(['backwards', Buffer.from(raw).reverse()], ['a list of numbers', Buffer.from(raw.join(','))], ['a list of numbers, spaced', Buffer.from(raw.join(', '))])
  }
  return forms.map(([form, bytes]) => ({ marker, form, bytes }))
}

/** The bytes in the alphabets in use. Base64 and base32 look otherwise by where in a longer string the bytes begin. */
function alphabets (raw: Buffer): Array<[string, Buffer]> {
  const hex = raw.toString('hex')
  const out: Array<[string, string]> = [['hex', hex], ['HEX', hex.toUpperCase()], ['base58', base58btc.baseEncode(raw)], ['base36', base36.baseEncode(raw)]]
  for (let shift = 0; shift < 3; shift++) {
    const text = whole(shifted(raw, shift).toString('base64').replace(/=+$/, ''), shift, raw.length, 6)
    out.push([`base64+${shift}`, text], [`base64url+${shift}`, text.replaceAll('+', '-').replaceAll('/', '_')])
  }
  for (let shift = 0; shift < 5; shift++) {
    const text = whole(base32.baseEncode(shifted(raw, shift)), shift, raw.length, 5)
    out.push([`base32+${shift}`, text], [`BASE32+${shift}`, text.toUpperCase()], [`base32hex+${shift}`, whole(base32hex.baseEncode(shifted(raw, shift)), shift, raw.length, 5)])
  }
  return out.map(([form, text]) => [form, Buffer.from(text)])
}

function shifted (raw: Buffer, by: number): Buffer { return Buffer.concat([Buffer.alloc(by), raw]) }

/** The digits that the marker's bytes alone decide. */
function whole (text: string, shift: number, length: number, bits: number): string {
  return text.slice(Math.ceil(shift * 8 / bits), Math.floor((shift + length) * 8 / bits))
}

function utf32 (text: string): Buffer { return Buffer.concat(Array.from(text, c => { const b = Buffer.alloc(4); b.writeUInt32LE(c.codePointAt(0)!); return b })) }

function asciiJson (text: string): string { return text.replace(/[^ -~]/g, c => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`) }

/** Every file below a directory, and its name. */
export async function filesBelow (folder: string): Promise<Place[]> {
  const entries = (await readdir(folder, { recursive: true, withFileTypes: true })).filter(entry => entry.isFile())
  return await Promise.all(entries.map(async entry => {
    const path = join(entry.parentPath, entry.name)
    return { where: relative(folder, path), bytes: Buffer.concat([Buffer.from(`${entry.name}\n`), await readFile(path)]) }
  }))
}
