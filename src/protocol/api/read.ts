/** Checks a value against its description, strictly, and returns it with Dates in place. Pure. */
import { BadInputError } from '../wire/errors.js'
import type { AnySpec, ChoiceSpec, ObjectSpec, UnionSpec } from './spec.js'

/** How dates stand in the value: Date objects, or RFC 3339 strings. */
export type Form = 'value' | 'json'

const RFC3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/
// What unknownChoice gives for an enum number without a word in this version.
const UNKNOWN_NUMBER = /^unknown-\d{1,9}$/

/**
 * The value, checked and rebuilt; `path` names the place in errors.
 *
 * @throws BadInputError naming the first field that does not fit
 */
export function read (spec: AnySpec, value: unknown, form: Form, path: string): unknown {
  switch (spec.kind) {
    case 'text': return readText(spec.min, spec.maxBytes, value, path)
    case 'integer':
      if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < spec.min || value > spec.max) fail(path, `an integer from ${spec.min} to ${spec.max}`)
      return value
    case 'bool':
      if (typeof value !== 'boolean') fail(path, 'true or false')
      return value
    case 'date': return readDate(value, form, path)
    case 'choice': return readChoice(spec, value, path)
    case 'nullable': return value === null ? null : read(spec.of, value, form, path)
    case 'list':
      if (!Array.isArray(value) || (spec.max !== null && value.length > spec.max)) return fail(path, spec.max === null ? 'a list' : `a list of at most ${spec.max}`)
      return value.map((item, i) => read(spec.of, item, form, `${path}[${i}]`))
    case 'object': return readObject(spec, value, form, path)
    case 'union': return readUnion(spec, value, form, path)
    case 'nothing':
      if (value !== null && value !== undefined) fail(path, 'nothing')
      return undefined
  }
}

/** The word for an enum's number that this version has no word for; it turns back into the same number. */
export function unknownChoice (number: number): string { return `unknown-${number}` }

/** The enum number of a word. @throws BadInputError for a word that is neither known nor made by {@link unknownChoice} */
export function choiceNumber (spec: ChoiceSpec, word: string, path: string): number {
  const number = Object.hasOwn(spec.numbers, word) ? spec.numbers[word] : undefined
  if (number !== undefined) return number
  if (spec.open && UNKNOWN_NUMBER.test(word)) return Number(word.slice('unknown-'.length))
  return fail(path, `one of ${Object.keys(spec.numbers).join(', ')}`)
}

function fail (path: string, want: string): never { throw new BadInputError(`${path}: expected ${want}`) }

function readText (min: number, maxBytes: number | null, value: unknown, path: string): string {
  if (typeof value !== 'string' || !value.isWellFormed()) return fail(path, 'well-formed text')
  if (value.length < min) return fail(path, 'text that is not empty')
  if (maxBytes !== null && (value.length > maxBytes || Buffer.byteLength(value) > maxBytes)) return fail(path, `at most ${maxBytes} bytes of text`)
  return value
}

function readDate (value: unknown, form: Form, path: string): Date {
  if (form === 'json' && (typeof value !== 'string' || !RFC3339.test(value))) return fail(path, 'an RFC 3339 date and time')
  const date = form === 'json' ? new Date(value as string) : value
  if (!(date instanceof Date) || Number.isNaN(date.getTime())) return fail(path, 'a date and time')
  return date
}

function readChoice (spec: ChoiceSpec, value: unknown, path: string): string {
  const known = typeof value === 'string' && (Object.hasOwn(spec.numbers, value) || (spec.open && value !== ''))
  return known ? value : fail(path, `one of ${Object.keys(spec.numbers).join(', ')}`)
}

/** The map itself, after checking that it is one and hides no prototype. */
function mapOf (value: unknown, path: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Date) return fail(path, 'an object')
  if (Object.hasOwn(value, '__proto__')) throw new BadInputError(`${path}: a field must not be named __proto__`)
  return value as Record<string, unknown>
}

function readObject (spec: ObjectSpec, value: unknown, form: Form, path: string): Record<string, unknown> {
  const map = mapOf(value, path)
  const out: Record<string, unknown> = {}
  for (const [name, field] of Object.entries(spec.fields)) {
    const inner = Object.hasOwn(map, name) ? map[name] : undefined
    if (inner === undefined && field.optional) continue
    if (inner === undefined && field.spec.kind !== 'nothing') {
      const absent = spec.open ? emptyOf(field.spec) : undefined
      if (absent === undefined) throw new BadInputError(`${path}.${name} is missing`)
      out[name] = absent
      continue
    }
    out[name] = read(field.spec, inner, form, `${path}.${name}`)
  }
  for (const [name, inner] of Object.entries(map)) {
    if (Object.hasOwn(spec.fields, name) || inner === undefined) continue
    if (!spec.open) throw new BadInputError(`${path} has no field "${name.slice(0, 80)}": it takes ${Object.keys(spec.fields).join(', ') || 'nothing'}`)
    out[name] = inner
  }
  return out
}

/**
 * What stands for a field that an older node does not send yet, as in protobuf: null, false, 0, no text, an empty list.
 * Undefined for what has no such value.
 */
function emptyOf (spec: AnySpec): unknown {
  switch (spec.kind) {
    case 'nullable': return null
    case 'bool': return false
    case 'list': return []
    case 'integer': return spec.min === 0 ? 0 : undefined
    case 'text': return spec.min === 0 ? '' : undefined
    default: return undefined
  }
}

function readUnion (spec: UnionSpec, value: unknown, form: Form, path: string): Record<string, unknown> {
  const { type, ...rest } = mapOf(value, path)
  if (typeof type !== 'string' || type === '') return fail(`${path}.type`, 'the name of a kind')
  const known = Object.hasOwn(spec.cases, type) ? spec.cases[type] : undefined
  return { type, ...(known === undefined ? rest : readObject(known, rest, form, path)) }
}
