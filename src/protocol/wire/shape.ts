/**
 * Small checks that turn a decoded dag-cbor value into a typed one. Strict about
 * what a version defines, preserving about what it does not: {@link struct} keeps
 * unknown fields under `unknown`, and {@link open} puts them back.
 */
import { BadInputError } from './errors.js'
import type { CborMap } from './cbor.js'

/** Checks a decoded value and returns it typed. @throws BadInputError naming `path` when it does not fit */
export type Shape<T> = (value: unknown, path: string) => T

function fail (path: string, want: string): never { throw new BadInputError(`${path}: expected ${want}`) }

/** A byte string of `length` bytes, or of `length.min` to `length.max`. */
export function bytes (length: number | { min?: number, max: number }): Shape<Uint8Array> {
  const min = typeof length === 'number' ? length : length.min ?? 0
  const max = typeof length === 'number' ? length : length.max
  return (value, path) => {
    if (!(value instanceof Uint8Array) || value.length < min || value.length > max) {
      return fail(path, min === max ? `${max} bytes` : `${min} to ${max} bytes`)
    }
    return value
  }
}

/** An integer from `min` to `max`, at most 2^53 - 1. */
export function uint (max = Number.MAX_SAFE_INTEGER, min = 0): Shape<number> {
  return (value, path) => {
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < min || value > max) return fail(path, `an integer from ${min} to ${max}`)
    return value
  }
}

/** Well-formed text of at most `maxBytes` bytes of UTF-8. */
export function text (maxBytes: number): Shape<string> {
  return (value, path) => {
    if (typeof value !== 'string' || value.length > maxBytes || Buffer.byteLength(value) > maxBytes || !value.isWellFormed()) {
      return fail(path, `well-formed text of at most ${maxBytes} bytes`)
    }
    return value
  }
}

/** true or false. */
export const bool: Shape<boolean> = (value, path) => typeof value === 'boolean' ? value : fail(path, 'true or false')

/** Exactly this value. */
export function literal<const T extends string | number | boolean | null> (want: T): Shape<T> {
  return (value, path) => value === want ? want : fail(path, JSON.stringify(want))
}

/** An array of at most `max` items, each of the shape. */
export function array<T> (item: Shape<T>, max: number, min = 0): Shape<T[]> {
  return (value, path) => {
    if (!Array.isArray(value) || value.length < min || value.length > max) return fail(path, `an array of ${min} to ${max} items`)
    return value.map((v, i) => item(v, `${path}[${i}]`))
  }
}

/** The shape, or null. */
export function nullable<T> (shape: Shape<T>): Shape<T | null> {
  return (value, path) => value === null ? null : shape(value, path)
}

/** An array of exactly these shapes in this order (a compact signed record). */
export function tuple<const T extends readonly Shape<unknown>[]> (...shapes: T): Shape<{ -readonly [K in keyof T]: T[K] extends Shape<infer V> ? V : never }> {
  const pathsIn = paths(shapes.map((_shape, i) => `[${i}]`))
  return (value, path) => {
    if (!Array.isArray(value) || value.length !== shapes.length) return fail(path, `an array of exactly ${shapes.length} items`)
    const inside = pathsIn(path)
    return shapes.map((shape, i) => shape(value[i], inside[i] ?? path)) as { -readonly [K in keyof T]: T[K] extends Shape<infer V> ? V : never }
  }
}

/** The paths of what lies in a value. Those of the last value are kept: most come under one name, again and again. */
function paths (suffixes: readonly string[]): (path: string) => readonly string[] {
  let last: { readonly of: string, readonly inside: readonly string[] } | undefined
  return path => {
    if (last?.of !== path) last = { of: path, inside: suffixes.map(suffix => path + suffix) }
    return last.inside
  }
}

/** A field that may be absent (dag-cbor has no undefined: absent means the key is not there). */
export interface Optional<T> { readonly optional: Shape<T> }
/** Marks a {@link struct} field as one that may be absent. */
export function optional<T> (shape: Shape<T>): Optional<T> { return { optional: shape } }

type Fields = Record<string, Shape<unknown> | Optional<unknown>>
type RequiredOf<F extends Fields> = { [K in keyof F as F[K] extends Shape<unknown> ? K : never]: F[K] extends Shape<infer T> ? T : never }
type OptionalOf<F extends Fields> = { [K in keyof F as F[K] extends Optional<unknown> ? K : never]?: F[K] extends Optional<infer T> ? T : never }
/** What a {@link struct} returns: its fields, and whatever else the map held. */
export type Struct<F extends Fields> = RequiredOf<F> & OptionalOf<F> & { unknown?: CborMap }

/** A map with these fields; fields it does not know are kept, untouched, under `unknown`. */
export function struct<const F extends Fields> (fields: F): Shape<Struct<F>> {
  const names = Object.keys(fields)
  const pathsIn = paths(names.map(name => `.${name}`))
  return (value, path) => {
    // A dag-cbor link decodes to an object of another class: no map either.
    if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return fail(path, 'a map')
    const map = value as CborMap
    const inside = pathsIn(path)
    const out: CborMap = {}
    let found = 0
    for (let i = 0; i < names.length; i++) {
      const name = names[i] ?? ''
      const at = inside[i] ?? path
      const field = fields[name]
      if (field === undefined) continue
      if (Object.hasOwn(map, name)) {
        found++
        out[name] = (typeof field === 'function' ? field : field.optional)(map[name], at)
      } else if (typeof field === 'function') {
        return fail(at, 'a value, and it is missing')
      }
    }
    if (Object.hasOwn(map, '__proto__')) return fail(path, 'no field named __proto__')
    if (Object.keys(map).length > found) out.unknown = Object.fromEntries(Object.entries(map).filter(([name]) => !Object.hasOwn(fields, name)))
    return out as Struct<F>
  }
}

/**
 * The map to encode for a value {@link struct} returned or that was built by hand: absent fields dropped, unknown
 * ones put back, in the structs inside it too.
 */
export function open (value: object & { unknown?: CborMap }): CborMap {
  const { unknown, ...fields } = value
  // What was not understood goes back untouched.
  const out: CborMap = { ...unknown }
  for (const [name, field] of Object.entries(fields)) if (field !== undefined) out[name] = openInside(field)
  return out
}

function openInside (value: unknown): unknown {
  if (Array.isArray(value)) return value.map(openInside)
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype ? open(value) : value
}
