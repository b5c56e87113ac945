/**
 * The interface's values described as data. One description serves the JSON readers, the JSON
 * Schemas and the protobuf conversion, so that the three cannot drift apart; TypeScript checks it
 * against the interface.
 */

/** What a value looks like. Interpreters (read, schema, convert) switch over `kind`. */
export type AnySpec =
  | { readonly kind: 'text', readonly min: number, readonly maxBytes: number | null }
  | { readonly kind: 'integer', readonly min: number, readonly max: number }
  | { readonly kind: 'bool' }
  /** A Date in TypeScript, an RFC 3339 string in JSON, a Timestamp in protobuf. */
  | { readonly kind: 'date' }
  | ChoiceSpec
  | { readonly kind: 'nullable', readonly of: AnySpec }
  | { readonly kind: 'list', readonly of: AnySpec, readonly max: number | null }
  | ObjectSpec
  | UnionSpec
  /** The result of a method that returns nothing: undefined, null in JSON, an empty message in protobuf. */
  | { readonly kind: 'nothing' }

/** One of some words. An open one passes words (and protobuf numbers) it does not know. */
export interface ChoiceSpec { readonly kind: 'choice', readonly numbers: Readonly<Record<string, number>>, readonly open: boolean }
/** Named fields. An open one keeps fields it does not know; a closed one refuses them. `name` is null for one-off objects. */
export interface ObjectSpec { readonly kind: 'object', readonly name: string | null, readonly fields: Readonly<Record<string, FieldSpec>>, readonly open: boolean }
/** Objects told apart by their field `type`. A type it does not know is passed as it is. */
export interface UnionSpec { readonly kind: 'union', readonly name: string, readonly cases: Readonly<Record<string, ObjectSpec>> }
/** A field's value, and whether it may be absent. */
export interface FieldSpec { readonly spec: AnySpec, readonly optional: boolean }

/** Both in and out, so that a Spec<T> fits no other type: neither one with more fields nor one with fewer. */
export interface Typed<T> { readonly typed?: (value: T) => T }

/** A description of T. */
export type Spec<T> = AnySpec & Typed<T>
/** A field that may be absent. */
export interface Optional<T> { readonly optional: Spec<T> }
/** Every field of T, described. */
export type Fields<T> = { readonly [K in keyof T]-?: undefined extends T[K] ? Optional<Exclude<T[K], undefined>> : Spec<T[K]> }

/** Well-formed text; `min` and `maxBytes` bound its UTF-8 bytes. */
export const text = (maxBytes: number | null = null, min = 0): Spec<string> => ({ kind: 'text', min, maxBytes })
/** An integer that a double holds exactly. */
export const integer = (min = 0, max = Number.MAX_SAFE_INTEGER): Spec<number> => ({ kind: 'integer', min, max })
/** true or false. */
export const bool: Spec<boolean> = { kind: 'bool' }
/** A point in time, to the millisecond. */
export const date: Spec<Date> = { kind: 'date' }
/** No value. */
export const nothing: Spec<void> = { kind: 'nothing' }
/** The value or null. */
export const nullable = <T>(of: Spec<T>): Spec<T | null> => ({ kind: 'nullable', of })
/** Values in order, at most `max`. */
export const list = <T>(of: Spec<T>, max: number | null = null): Spec<T[]> => ({ kind: 'list', of, max })
/** Marks a field that may be absent. */
export const optional = <T>(of: Spec<T>): Optional<T> => ({ optional: of })

/** One of these words; each with its number in the protobuf enum. Words of a later version pass. */
export const choice = <T extends string>(numbers: Readonly<Record<T, number>>): Spec<T> => ({ kind: 'choice', numbers, open: true })
/** The same words and no other: for what a caller asks for. */
export function closedChoice <T extends string> (numbers: Readonly<Record<T, number>>): Spec<T> { return { kind: 'choice', numbers, open: false } }

/** A value with these fields, under its name in the schemas; keeps fields of a later version. */
export function object <T extends object> (name: string | null, fields: Fields<T>): Spec<T> & ObjectSpec {
  return { kind: 'object', name, fields: fieldSpecs(fields), open: true }
}

/** A method's parameters: a field it does not know is an error, since a misspelt option must not be dropped in silence. */
export function params <T extends object> (fields: Fields<T>): Spec<T> & ObjectSpec {
  return { kind: 'object', name: null, fields: fieldSpecs(fields), open: false }
}

/** The events of a union by their `type`. */
export function union <T extends { type: string }> (name: string, cases: { readonly [K in T['type']]: Spec<Omit<Extract<T, { type: K }>, 'type'>> & ObjectSpec }): Spec<T> & UnionSpec {
  return { kind: 'union', name, cases }
}

function fieldSpecs (fields: object): Record<string, FieldSpec> {
  const entries = Object.entries(fields) as [string, AnySpec | { optional: AnySpec }][]
  return Object.fromEntries(entries.map(([name, field]) => [name, 'kind' in field ? { spec: field, optional: false } : { spec: field.optional, optional: true }]))
}
