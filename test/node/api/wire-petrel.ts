/** A Petrel over Connect or gRPC: nothing of ours but the published contract. */
import { createClient, ConnectError, type Client, type Transport } from '@connectrpc/connect'
import type { Message } from '@bufbuild/protobuf'
import { AbortedError, errorFromCode, paramsFromJson, toJson, UnavailableError, type ErrorDetails, type MethodName, type PetrelError, type ReceiveOptions, type Update } from '../../../src/protocol/api/index.js'
import { ErrorInfoSchema, paramsToMessage, PetrelService, resultFromMessage } from '../../../src/protocol/api/protobuf.js'
import { PetrelClient } from '../../../src/node/client/petrel-client.js'

type Unary = (request: Message, options: { signal?: AbortSignal | undefined }) => Promise<Message>

/** The client's interface with another way of carrying calls. */
export class WirePetrel extends PetrelClient {
  readonly #client: Client<typeof PetrelService>

  constructor (transport: Transport) {
    const client = createClient(PetrelService, transport)
    const call = async (method: Exclude<MethodName, 'receive'>, params: object, signal?: AbortSignal): Promise<unknown> => {
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

  override async * receive ({ signal, ...params }: ReceiveOptions = {}): AsyncGenerator<Update, void, undefined> {
    const left = new AbortController()
    try {
      const both = signal === undefined ? left.signal : AbortSignal.any([signal, left.signal])
      const responses = this.#client.receive(paramsToMessage('receive', params) as never, { signal: both })
      for await (const response of responses) yield resultFromMessage('receive', response)
    } catch (error) {
      throw ours(error, signal)
    } finally {
      // Leaving Connect's loop does not end the call.
      left.abort()
    }
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
