/** The methods that carry a file's bytes, as streams of Connect and gRPC. */
import { create } from '@bufbuild/protobuf'
import type { HandlerContext } from '@connectrpc/connect'
import { BadInputError, type MediaDraft } from '../../../protocol/api/index.js'
import {
  addedToMessage, draftFromMessage, readParamsFromMessage, ReadMediaResponseSchema,
  type AddMediaRequest, type AddMediaResponse, type ReadMediaRequest, type ReadMediaResponse
} from '../../../protocol/api/protobuf.js'
import { enter, streamFailure, type ServiceContext } from './entry.js'

/** The handlers of both. */
export interface ByteMethods {
  addMedia (parts: AsyncIterable<AddMediaRequest>, handler: HandlerContext): Promise<AddMediaResponse>
  readMedia (request: ReadMediaRequest, handler: HandlerContext): AsyncIterable<ReadMediaResponse>
}

/** Both methods over the node. */
export function byteMethods (context: ServiceContext): ByteMethods {
  return {
    addMedia: async (parts, handler) => await addMedia(parts, handler, context),
    readMedia: (request, handler) => readMedia(request, handler, context)
  }
}

async function addMedia (parts: AsyncIterable<AddMediaRequest>, handler: HandlerContext, context: ServiceContext): Promise<AddMediaResponse> {
  const iterator = parts[Symbol.asyncIterator]()
  try {
    enter('addMedia', handler, context)
    const signal = AbortSignal.any([handler.signal, context.draining])
    const draft = draftOf(await iterator.next())
    return addedToMessage(await context.petrel.addMedia(draft, bytesOf(iterator), { signal }))
  } catch (error) {
    throw streamFailure(error, 'addMedia', handler, context)
  } finally {
    // A file that is here already is not read to its end.
    await iterator.return?.()
  }
}

function draftOf ({ value }: IteratorResult<AddMediaRequest, unknown>): MediaDraft {
  const part = (value as AddMediaRequest | undefined)?.part
  if (part?.case !== 'draft') throw new BadInputError('the first message of AddMedia is the draft')
  return draftFromMessage(part.value)
}

async function * bytesOf (iterator: AsyncIterator<AddMediaRequest>): AsyncGenerator<Uint8Array> {
  for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) {
    const { part } = next.value
    if (part.case !== 'bytes') throw new BadInputError('after the draft, each message of AddMedia brings bytes')
    yield part.value
  }
}

async function * readMedia (request: ReadMediaRequest, handler: HandlerContext, context: ServiceContext): AsyncGenerator<ReadMediaResponse> {
  try {
    enter('readMedia', handler, context)
    const { chat, message, ...rest } = readParamsFromMessage(request)
    const signal = AbortSignal.any([handler.signal, context.draining])
    for await (const bytes of context.petrel.readMedia(chat, message, { ...rest, signal })) yield create(ReadMediaResponseSchema, { bytes })
  } catch (error) {
    throw streamFailure(error, 'readMedia', handler, context)
  }
}
