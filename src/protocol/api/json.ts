/** Values of the interface as JSON and back: numbers as numbers, dates as RFC 3339 strings, nulls present. */
import { BadInputError } from '../wire/errors.js'
import type { AddedMedia, MediaDraft } from './media.js'
import { BYTE_METHODS, type BackupParams } from './byte-methods.js'
import { METHODS, type MethodName, type MethodParams, type MethodResult } from './methods.js'
import { read } from './read.js'

/** What JSON can say. */
export type Json = null | boolean | number | string | Json[] | { [name: string]: Json }

/**
 * A value of the interface as plain JSON. Absent fields stay absent, nothing becomes null.
 *
 * @throws BadInputError for what has no JSON form (a bigint, a function, NaN, an invalid date)
 */
export function toJson (value: unknown): Json {
  if (value === null || value === undefined) return null
  if (typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'number' && Number.isFinite(value)) return value
  if (value instanceof Date && !Number.isNaN(value.getTime())) return value.toISOString()
  if (Array.isArray(value)) return value.map(toJson)
  if (typeof value !== 'object' || value instanceof Date) throw new BadInputError(`a ${typeof value} has no JSON form`)
  const fields = Object.entries(value).filter(([, field]) => field !== undefined)
  return Object.fromEntries(fields.map(([name, field]) => [name, toJson(field)]))
}

/**
 * A method's result (for `receive`, one update) from JSON, dates revived. Fields, words and kinds of a
 * later version pass.
 *
 * @throws BadInputError naming the field that does not fit
 */
export function resultFromJson <M extends MethodName> (method: M, json: unknown): MethodResult<M> {
  return read(METHODS[method].result, json, 'json', method) as MethodResult<M>
}

/** A method's parameters from JSON. @throws BadInputError naming the field that does not fit, or is not known */
export function paramsFromJson <M extends MethodName> (method: M, json: unknown): MethodParams[M] {
  return read(METHODS[method].params, json, 'json', method) as MethodParams[M]
}

/** A draft of a file from JSON. @throws BadInputError naming the field that does not fit, or is not known */
export function draftFromJson (json: unknown): MediaDraft { return read(BYTE_METHODS.addMedia.params, json, 'json', 'addMedia') as MediaDraft }

/** What a backup is to be, from JSON. @throws BadInputError naming the field that does not fit */
export function backupParamsFromJson (json: unknown): BackupParams { return read(BYTE_METHODS.backup.params, json, 'json', 'backup') as BackupParams }

/** What `addMedia` took in, from JSON. @throws BadInputError naming the field that does not fit */
export function addedFromJson (json: unknown): AddedMedia { return read(BYTE_METHODS.addMedia.result, json, 'json', 'addMedia') as AddedMedia }
