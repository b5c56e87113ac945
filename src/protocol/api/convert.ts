/**
 * Values of the interface as protobuf messages and back. Driven by the same descriptions as JSON: a
 * field has one name in both, an absent field is null (or left out), a date is a Timestamp, an integer
 * may be a bigint, a word is an enum number. Both directions check strictly.
 */
import { create, ScalarType, type DescField, type DescMessage, type Message } from '@bufbuild/protobuf'
import { timestampDate, timestampFromDate, type Timestamp } from '@bufbuild/protobuf/wkt'
import { BadInputError, InternalError } from '../wire/errors.js'
import type { AddedMedia, MediaDraft } from './media.js'
import { BYTE_METHODS, type BackupParams, type ReadMediaParams, type ReadSecretMediaParams } from './byte-methods.js'
import { METHODS, type MethodName, type MethodParams, type MethodResult } from './methods.js'
import { AddMediaResponseSchema, BackupRequestSchema, MediaDraftSchema, Petrel, ReadMediaRequestSchema, ReadSecretMediaRequestSchema, type AddMediaResponse } from './petrel_pb.js'
import { choiceNumber, read, unknownChoice } from './read.js'
import type { AnySpec, ChoiceSpec, ObjectSpec, UnionSpec } from './spec.js'

type Loose = Record<string, unknown>

/**
 * The request message of a method's parameters.
 *
 * @internal
 * @throws BadInputError naming the field that does not fit
 */
export function paramsToMessage <M extends MethodName> (method: M, params: MethodParams[M]): Message {
  const spec = METHODS[method].params
  return objectToMessage(spec, Petrel.method[method].input, read(spec, params, 'value', method) as Loose, method)
}

/** A method's parameters from its request message. @throws BadInputError naming the field that does not fit */
export function paramsFromMessage <M extends MethodName> (method: M, message: Message): MethodParams[M] {
  const spec = METHODS[method].params
  return read(spec, objectFromMessage(spec, Petrel.method[method].input, message), 'value', method) as MethodParams[M]
}

/** The response message of a method's result (for `receive`, of one update). @throws BadInputError naming the field that does not fit */
export function resultToMessage <M extends MethodName> (method: M, result: MethodResult<M>): Message {
  const spec = METHODS[method].result
  const desc = Petrel.method[method].output
  const message = create(desc)
  const [field] = desc.fields
  const value = read(spec, result, 'value', method)
  if (field !== undefined) assign(message, field.localName, toField(spec, field, value, method))
  return message
}

/**
 * A method's result from its response message. Enum numbers and kinds of a later version pass.
 *
 * @internal
 * @throws BadInputError naming the field that does not fit
 */
export function resultFromMessage <M extends MethodName> (method: M, message: Message): MethodResult<M> {
  const spec = METHODS[method].result
  const [field] = Petrel.method[method].output.fields
  const value = field === undefined ? undefined : fromField(spec, field, (message as unknown as Loose)[field.localName])
  return read(spec, value, 'value', method) as MethodResult<M>
}

/** A draft from the first message of AddMedia. @throws BadInputError naming the field that does not fit */
export function draftFromMessage (message: Message): MediaDraft {
  const spec = BYTE_METHODS.addMedia.params
  return read(spec, objectFromMessage(spec, MediaDraftSchema, message), 'value', 'addMedia') as MediaDraft
}

/** AddMedia's answer. @throws BadInputError naming the field that does not fit */
export function addedToMessage (added: AddedMedia): AddMediaResponse {
  const spec = BYTE_METHODS.addMedia.result
  return objectToMessage(spec, AddMediaResponseSchema, read(spec, added, 'value', 'addMedia') as Loose, 'addMedia') as AddMediaResponse
}

/**
 * What AddMedia answered.
 *
 * @internal
 * @throws BadInputError naming the field that does not fit
 */
export function addedFromMessage (message: Message): AddedMedia {
  const spec = BYTE_METHODS.addMedia.result
  return read(spec, objectFromMessage(spec, AddMediaResponseSchema, message), 'value', 'addMedia') as AddedMedia
}

/** The parameters of ReadMedia. @throws BadInputError naming the field that does not fit */
export function readParamsFromMessage (message: Message): ReadMediaParams {
  const spec = BYTE_METHODS.readMedia.params
  return read(spec, objectFromMessage(spec, ReadMediaRequestSchema, message), 'value', 'readMedia') as ReadMediaParams
}

/** The parameters of ReadSecretMedia. @throws BadInputError naming the field that does not fit */
export function readSecretParamsFromMessage (message: Message): ReadSecretMediaParams {
  const spec = BYTE_METHODS.readSecretMedia.params
  return read(spec, objectFromMessage(spec, ReadSecretMediaRequestSchema, message), 'value', 'readSecretMedia') as ReadSecretMediaParams
}

/** The parameters of Backup. @throws BadInputError naming the field that does not fit */
export function backupParamsFromMessage (message: Message): BackupParams {
  const spec = BYTE_METHODS.backup.params
  return read(spec, objectFromMessage(spec, BackupRequestSchema, message), 'value', 'backup') as BackupParams
}

function assign (message: Message, name: string, value: unknown): void {
  if (value !== undefined) (message as unknown as Loose)[name] = value
}

/** The field of a message by the interface's name. The contract's test visits all of them. */
function fieldOf (desc: DescMessage, name: string): DescField {
  const field = desc.field[name]
  if (field === undefined) throw new InternalError(`the protobuf message ${desc.name} lacks the field ${name}`)
  return field
}

function messageOf (field: DescField): DescMessage {
  if (field.message === undefined) throw new InternalError(`the protobuf field ${field.toString()} is no message`)
  return field.message
}

function objectToMessage (spec: ObjectSpec, desc: DescMessage, value: Loose, path: string): Message {
  const message = create(desc)
  for (const [name, inner] of Object.entries(spec.fields)) {
    const field = fieldOf(desc, name)
    if (value[name] !== undefined) assign(message, field.localName, toField(inner.spec, field, value[name], `${path}.${name}`))
  }
  return message
}

function unionToMessage (spec: UnionSpec, desc: DescMessage, value: Loose, path: string): Message {
  const message = create(desc)
  const type = value.type as string
  assign(message, 'type', type)
  const inner = Object.hasOwn(spec.cases, type) ? spec.cases[type] : undefined
  if (inner === undefined) return message
  const field = fieldOf(desc, type)
  assign(message, oneofOf(field), { case: field.localName, value: objectToMessage(inner, messageOf(field), value, path) })
  return message
}

function oneofOf (field: DescField): string {
  if (field.oneof === undefined) throw new InternalError(`the protobuf field ${field.toString()} is in no oneof`)
  return field.oneof.localName
}

/** What stands in a message for a checked value; undefined leaves the field absent. */
function toField (spec: AnySpec, field: DescField, value: unknown, path: string): unknown {
  switch (spec.kind) {
    case 'text': case 'bool': case 'nothing': return value
    case 'integer': return isWide(field) ? BigInt(value as number) : value
    case 'date': return timestampFromDate(value as Date)
    case 'choice': return choiceNumber(spec, value as string, path)
    case 'nullable': return value === null ? undefined : toField(spec.of, field, value, path)
    case 'list': return (value as unknown[]).map((item, i) => toField(spec.of, field, item, `${path}[${i}]`))
    case 'object': return objectToMessage(spec, messageOf(field), value as Loose, path)
    case 'union': return unionToMessage(spec, messageOf(field), value as Loose, path)
  }
}

/** Whether a field holds 64-bit integers, which protobuf-es gives and takes as bigint. */
function isWide (field: DescField): boolean { return field.scalar === ScalarType.UINT64 }

function objectFromMessage (spec: ObjectSpec, desc: DescMessage, message: Loose): Loose {
  const entries = Object.entries(spec.fields).map(([name, inner]): [string, unknown] => {
    const field = fieldOf(desc, name)
    return [name, fromField(inner.spec, field, message[field.localName])]
  })
  return Object.fromEntries(entries)
}

function unionFromMessage (spec: UnionSpec, desc: DescMessage, message: Loose): Loose {
  const oneof = desc.oneofs[0]
  const kind = (oneof === undefined ? {} : message[oneof.localName]) as { case?: string, value?: Loose }
  const inner = kind.case !== undefined && Object.hasOwn(spec.cases, kind.case) ? spec.cases[kind.case] : undefined
  if (inner === undefined || kind.case === undefined || kind.value === undefined) return { type: message.type }
  return { type: kind.case, ...objectFromMessage(inner, messageOf(fieldOf(desc, kind.case)), kind.value) }
}

/** The value that a message's field stands for, not yet checked; undefined when it is absent. */
function fromField (spec: AnySpec, field: DescField, value: unknown): unknown {
  if (spec.kind === 'nullable') {
    const inner = value === undefined ? undefined : fromField(spec.of, field, value)
    return inner === undefined ? null : inner
  }
  if (value === undefined) return undefined
  switch (spec.kind) {
    case 'text': case 'bool': case 'nothing': return value
    case 'integer': return typeof value === 'bigint' ? Number(value) : value
    case 'date': return timestampDate(value as Timestamp)
    case 'choice': return wordOf(spec, value as number)
    case 'list': return (value as unknown[]).map(item => fromField(spec.of, field, item))
    case 'object': return objectFromMessage(spec, messageOf(field), value as Loose)
    case 'union': return unionFromMessage(spec, messageOf(field), value as Loose)
  }
}

/** An enum number's word; 0 is UNSPECIFIED, which is absent. @throws BadInputError for a number that a caller must not use */
function wordOf (spec: ChoiceSpec, number: number): string | undefined {
  if (number === 0) return undefined
  const known = Object.entries(spec.numbers).find(([, n]) => n === number)
  if (known !== undefined) return known[0]
  if (!spec.open) throw new BadInputError(`${number} is none of ${Object.keys(spec.numbers).join(', ')}`)
  return unknownChoice(number)
}
