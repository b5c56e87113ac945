/** A Petrel over Connect or gRPC: nothing of ours but the published contract. */
import { createClient, ConnectError, type Client, type Transport } from '@connectrpc/connect'
import type { Message } from '@bufbuild/protobuf'
import { AbortedError, errorFromCode, paramsFromJson, toJson, UnavailableError, type Activity, type BackupOptions, type CallOptions, type ErrorDetails, type ItemOptions, type MediaDraft, type AddedMedia, type MediaTransfer, type MethodName, type PetrelError, type ReceiveOptions, type StreamName, type Update } from '../../../src/protocol/api/index.js'
import { addedFromMessage, ErrorInfoSchema, paramsToMessage, PetrelService, resultFromMessage } from '../../../src/protocol/api/protobuf.js'
import { MediaKind } from '../../../src/protocol/api/petrel_pb.js'
import { PetrelClient } from '../../../src/node/client/petrel-client.js'

type Unary = (request: Message, options: { signal?: AbortSignal | undefined }) => Promise<Message>

/** The client's interface with another way of carrying calls. */
export class WirePetrel extends PetrelClient {
  readonly #client: Client<typeof PetrelService>

  constructor (transport: Transport) {
    const client = createClient(PetrelService, transport)
    const call = async (method: Exclude<MethodName, StreamName>, params: object, signal?: AbortSignal): Promise<unknown> => {
      try {
        const request = paramsToMessage(method, paramsFromJson(method, params))
        return toJson(resultFromMessage(method, await (client[method] as unknown as Unary)(request, { signal })))
      } catch (error) {
        throw ours(error, signal)
      }
    }
    super({ kind: 'unix', path: '' }, { call, isLost: false, close: () => undefined } as never)
    this.#client = client
  }

  override receive ({ signal, ...params }: ReceiveOptions = {}): AsyncGenerator<Update, void, undefined> {
    return each(signal, s => this.#client.receive(paramsToMessage('receive', params) as never, { signal: s }), response => resultFromMessage('receive', response))
  }

  override transfers ({ signal, ...params }: CallOptions & { media?: string[] } = {}): AsyncGenerator<MediaTransfer, void, undefined> {
    return each(signal, s => this.#client.transfers(paramsToMessage('transfers', params) as never, { signal: s }), response => resultFromMessage('transfers', response))
  }

  override activity ({ signal, ...params }: CallOptions & { chat?: string } = {}): AsyncGenerator<Activity, void, undefined> {
    return each(signal, s => this.#client.activity(paramsToMessage('activity', params) as never, { signal: s }), response => resultFromMessage('activity', response))
  }

  override async addMedia (draft: MediaDraft, bytes: AsyncIterable<Uint8Array>, { signal }: CallOptions = {}): Promise<AddedMedia> {
    const { as, size, ...rest } = draft
    async function * parts (): AsyncGenerator<object> {
      yield { part: { case: 'draft', value: { ...rest, size: BigInt(size), ...(as === undefined ? {} : { as: MediaKind[as.toUpperCase() as 'PHOTO'] }) } } }
      for await (const value of bytes) yield { part: { case: 'bytes', value } }
    }
    try {
      if (signal?.aborted === true) throw new AbortedError()
      return addedFromMessage(await this.#client.addMedia(parts() as never, { signal }))
    } catch (error) {
      throw ours(error, signal)
    }
  }

  override backup ({ signal, resume, ...rest }: BackupOptions = {}): AsyncGenerator<Uint8Array, void, undefined> {
    return each(signal, s => this.#client.backup({ ...rest, ...(resume === undefined ? {} : { resume: { ...resume, index: BigInt(resume.index) } }) }, { signal: s }), ({ bytes }) => bytes)
  }

  override readMedia (chat: string, message: string, { signal, start, end, item }: ItemOptions & { start?: number, end?: number } = {}): AsyncGenerator<Uint8Array, void, undefined> {
    const request = { chat, message, ...(item === undefined ? {} : { item }), ...(start === undefined ? {} : { start: BigInt(start) }), ...(end === undefined ? {} : { end: BigInt(end) }) }
    return each(signal, s => this.#client.readMedia(request, { signal: s }), ({ bytes }) => bytes)
  }

  override readSecretMedia (secret: string, message: string, { signal, start, end, item }: ItemOptions & { start?: number, end?: number } = {}): AsyncGenerator<Uint8Array, void, undefined> {
    const request = { secret, message, ...(item === undefined ? {} : { item }), ...(start === undefined ? {} : { start: BigInt(start) }), ...(end === undefined ? {} : { end: BigInt(end) }) }
    return each(signal, s => this.#client.readSecretMedia(request, { signal: s }), ({ bytes }) => bytes)
  }
}

/** What a stream brings, each made the interface's; leaving the loop ends the call. */
async function * each <T, R> (signal: AbortSignal | undefined, begin: (signal: AbortSignal) => AsyncIterable<T>, made: (value: T) => R): AsyncGenerator<R, void, undefined> {
  const left = new AbortController()
  try {
    for await (const value of begin(signal === undefined ? left.signal : AbortSignal.any([signal, left.signal]))) yield made(value)
  } catch (error) {
    throw ours(error, signal)
  } finally {
    // Leaving Connect's loop does not end the call.
    left.abort()
  }
}

/** The error that an answer's details name. */
function ours (error: unknown, signal?: AbortSignal): unknown {
  if (signal?.aborted === true) return new AbortedError()
  if (!(error instanceof ConnectError)) return error
  const [info] = error.findDetails(ErrorInfoSchema)
  if (info === undefined) return new UnavailableError(error.rawMessage, { cause: error })
  const details = Object.entries(info.details).map(([name, { fact }]): [string, unknown] => [name, fact.case === 'texts' ? fact.value.texts : fact.value])
  return errorFromCode(info.code, error.rawMessage, Object.fromEntries(details) as ErrorDetails) satisfies PetrelError
}
