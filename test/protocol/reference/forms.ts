/** What a value may be, in the words of WIRE.md. A form throws when the value is not so, and tells the tracker what it saw. */
import { Link, type Value, type ValueMap } from './cbor.js'

export type Form = (value: Value | undefined, path: string) => void

/** What the forms have met: `path=choice`, so that a test can tell whether the vectors show every choice. */
export const met = new Set<string>()
/** What the forms could have met. */
export const choices = new Set<string>()

function fail (path: string, want: string): never { throw new Error(`${path}: expected ${want}`) }

export const uint = (min = 0, max = Number.MAX_SAFE_INTEGER): Form => (value, path) => {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < min || value > max) fail(path, `${min} to ${max}`)
}

export const bytes = (min: number, max = min): Form => (value, path) => {
  if (!(value instanceof Uint8Array) || value.length < min || value.length > max) fail(path, `${min} to ${max} bytes`)
}

export const text = (maxBytes: number, maxUnits = maxBytes): Form => (value, path) => {
  if (typeof value !== 'string' || Buffer.byteLength(value) > maxBytes || value.length > maxUnits) fail(path, `text of ${maxBytes} bytes`)
}

export const flag: Form = (value, path) => { if (typeof value !== 'boolean') fail(path, 'true or false') }

const tagged = (tag: number): Form => (value, path) => {
  if (!(value instanceof Uint8Array) || value.length !== 34 || value[0] !== tag || value[1] !== 1) fail(path, 'a tagged key')
}
export const ed25519 = tagged(0xed)
export const x25519 = tagged(0xec)

/** A CID's bytes: version 1, raw or dag-cbor, sha2-256. */
export const cid: Form = (value, path) => {
  if (!(value instanceof Uint8Array) || value.length !== 36 || value[0] !== 1 || (value[1] !== 0x55 && value[1] !== 0x71) || value[2] !== 0x12 || value[3] !== 0x20) fail(path, 'a CID')
}

export const link: Form = (value, path) => {
  if (!(value instanceof Link)) fail(path, 'a link')
  cid(value.cid, path)
}

export const oneOf = (...allowed: Array<string | number>): Form => (value, path) => {
  if (allowed.length > 1) for (const one of allowed) choices.add(`${path}=${one}`)
  const found = allowed.find(one => one === value)
  if (found === undefined) fail(path, allowed.join(' or '))
  met.add(`${path}=${found}`)
}

/** The form, or null. */
export const orNull = (form: Form): Form => (value, path) => {
  for (const kind of ['null', 'value']) choices.add(`${path} is ${kind}`)
  if (value !== null) form(value, path)
  met.add(`${path} is ${value === null ? 'null' : 'value'}`)
}

export const list = (form: Form, max: number, min = 0): Form => (value, path) => {
  if (!Array.isArray(value) || value.length < min || value.length > max) fail(path, `${min} to ${max} items`)
  for (const kind of min === 0 ? ['empty', 'filled'] : []) choices.add(`${path} is ${kind}`)
  for (const item of value) form(item, `${path}[]`)
  met.add(`${path} is ${value.length === 0 ? 'empty' : 'filled'}`)
}

export const tuple = (...forms: Form[]): Form => (value, path) => {
  if (!Array.isArray(value) || value.length !== forms.length) fail(path, `${forms.length} items`)
  forms.forEach((form, i) => { form(value[i], `${path}[${i}]`) })
}

/** A map with these fields, some of which (named with a `?`) may be absent. Others are of a later version, and kept. */
export const map = (fields: Record<string, Form>): Form => (value, path) => {
  if (!isMap(value) || Object.hasOwn(value, '__proto__')) fail(path, 'a map')
  for (const [spelled, form] of Object.entries(fields)) {
    const name = spelled.replace('?', '')
    const at = `${path}.${name}`
    if (name !== spelled) for (const kind of ['absent', 'present']) choices.add(`${at} is ${kind}`)
    if (Object.hasOwn(value, name)) form(value[name], at)
    else if (name === spelled) fail(at, 'a value')
    if (name !== spelled) met.add(`${at} is ${Object.hasOwn(value, name) ? 'present' : 'absent'}`)
  }
}

export function isMap (value: Value | undefined): value is ValueMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array) && !(value instanceof Link)
}
