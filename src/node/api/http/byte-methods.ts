/** The methods that carry bytes, as streams of Connect and gRPC. */
import { create } from '@bufbuild/protobuf'
import type { HandlerContext } from '@connectrpc/connect'
import { BadInputError, DeadlineError, type MediaDraft } from '../../../protocol/api/index.js'
import {
  addedToMessage, backupParamsFromMessage, BackupResponseSchema, draftFromMessage, readParamsFromMessage, ReadMediaResponseSchema, readSecretParamsFromMessage, ReadSecretMediaResponseSchema,
  type AddMediaRequest, type AddMediaResponse, type BackupRequest, type BackupResponse, type ReadMediaRequest, type ReadMediaResponse, type ReadSecretMediaRequest, type ReadSecretMediaResponse
} from '../../../protocol/api/protobuf.js'
import { admitted, enter, streamFailure, type ServiceContext } from './entry.js'

/** Their handlers. */
export interface ByteMethods {
  addMedia (parts: AsyncIterable<AddMediaRequest>, handler: HandlerContext): Promise<AddMediaResponse>
  readMedia (request: ReadMediaRequest, handler: HandlerContext): AsyncIterable<ReadMediaResponse>
  readSecretMedia (request: ReadSecretMediaRequest, handler: HandlerContext): AsyncIterable<ReadSecretMediaResponse>
  backup (request: BackupRequest, handler: HandlerContext): AsyncIterable<BackupResponse>
}

/** These methods over the node. */
export function byteMethods (context: ServiceContext): ByteMethods {
  return {
    addMedia: async (parts, handler) => await addMedia(parts, handler, context),
    readMedia: (request, handler) => readMedia(request, handler, context),
    readSecretMedia: (request, handler) => readSecretMedia(request, handler, context),
    backup: (request, handler) => backup(request, handler, context)
  }
}

async function addMedia (parts: AsyncIterable<AddMediaRequest>, handler: HandlerContext, context: ServiceContext): Promise<AddMediaResponse> {
  const iterator = parts[Symbol.asyncIterator]()
  try {
    enter('addMedia', handler, context)
    const signal = AbortSignal.any([handler.signal, context.draining])
    const { apiRequestMs } = context.limits
    const draft = draftOf(await soon(iterator.next(), apiRequestMs))
    return addedToMessage(await context.petrel.addMedia(draft, admitted('addMedia', bytesOf(iterator, apiRequestMs), handler, context), { signal }))
  } catch (error) {
    throw streamFailure(error, 'addMedia', handler, context)
  } finally {
    // A file that is here already is not read to its end.
    iterator.return?.().catch(() => undefined)
  }
}

function draftOf ({ value }: IteratorResult<AddMediaRequest, unknown>): MediaDraft {
  const part = (value as AddMediaRequest | undefined)?.part
  if (part?.case !== 'draft') throw new BadInputError('the first message of AddMedia is the draft')
  return draftFromMessage(part.value)
}

async function * bytesOf (iterator: AsyncIterator<AddMediaRequest>, idleMs: number): AsyncGenerator<Uint8Array> {
  for (let next = await soon(iterator.next(), idleMs); next.done !== true; next = await soon(iterator.next(), idleMs)) {
    const { part } = next.value
    if (part.case !== 'bytes') throw new BadInputError('after the draft, each message of AddMedia brings bytes')
    yield part.value
  }
}

/** Such a call has no deadline of its own, so each of its messages has one. */
async function soon <T> (next: Promise<T>, ms: number): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => { reject(new DeadlineError(`nothing came for ${ms / 1000} seconds`)) }, ms)
  try {
    return await Promise.race([next, promise])
  } finally {
    clearTimeout(timer)
  }
}

async function * readMedia (request: ReadMediaRequest, handler: HandlerContext, context: ServiceContext): AsyncGenerator<ReadMediaResponse> {
  try {
    enter('readMedia', handler, context)
    const { chat, message, ...rest } = readParamsFromMessage(request)
    const signal = AbortSignal.any([handler.signal, context.draining])
    for await (const bytes of admitted('readMedia', context.petrel.readMedia(chat, message, { ...rest, signal }), handler, context)) yield create(ReadMediaResponseSchema, { bytes })
  } catch (error) {
    throw streamFailure(error, 'readMedia', handler, context)
  }
}

async function * readSecretMedia (request: ReadSecretMediaRequest, handler: HandlerContext, context: ServiceContext): AsyncGenerator<ReadSecretMediaResponse> {
  try {
    enter('readSecretMedia', handler, context)
    const { secret, message, ...rest } = readSecretParamsFromMessage(request)
    const signal = AbortSignal.any([handler.signal, context.draining])
    for await (const bytes of admitted('readSecretMedia', context.petrel.readSecretMedia(secret, message, { ...rest, signal }), handler, context)) yield create(ReadSecretMediaResponseSchema, { bytes })
  } catch (error) {
    throw streamFailure(error, 'readSecretMedia', handler, context)
  }
}

async function * backup (request: BackupRequest, handler: HandlerContext, context: ServiceContext): AsyncGenerator<BackupResponse> {
  try {
    enter('backup', handler, context)
    const signal = AbortSignal.any([handler.signal, context.draining])
    for await (const bytes of admitted('backup', context.petrel.backup({ ...backupParamsFromMessage(request), signal }), handler, context)) yield create(BackupResponseSchema, { bytes })
  } catch (error) {
    throw streamFailure(error, 'backup', handler, context)
  }
}
