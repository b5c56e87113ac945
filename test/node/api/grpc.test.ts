import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import { type Client, credentials, loadPackageDefinition, Metadata, type ServiceClientConstructor, status, type ClientReadableStream, type ServiceError } from '@grpc/grpc-js'
import { loadSync } from '@grpc/proto-loader'
import { newApiToken } from '../../../src/node/api/index.js'
import { serveFake, type Served } from './harness.js'

const PROTO = join(import.meta.dirname, '../../../src/protocol/api/petrel.proto')

interface Reply { identity: { name: string, account: string }, message: { id: string, text: string, state: string, seq: string }, update: { n: string, event: { type: string, kind: string, message?: { message: { text: string } } } } }
type Methods = Record<string, (request: object, metadata: Metadata, options: object, done: (error: ServiceError | null, reply: Reply) => void) => { cancel (): void }>

/** A stock client made from the published contract alone. */
class Grpc {
  readonly #client: Client & Methods
  readonly #metadata = new Metadata()

  constructor (address: string, token?: string) {
    const definition = loadPackageDefinition(loadSync(PROTO, { longs: String, enums: String, oneofs: true })) as unknown as { petrel: { api: { v1: { Petrel: ServiceClientConstructor } } } }
    this.#client = new definition.petrel.api.v1.Petrel(address, credentials.createInsecure()) as unknown as Client & Methods
    if (token !== undefined) this.#metadata.set('authorization', `Bearer ${token}`)
  }

  async call (method: string, request: object = {}, options: object = {}): Promise<Reply> {
    return await new Promise((resolve, reject) => { this.#client[method]!(request, this.#metadata, options, (error, reply) => { if (error === null) resolve(reply); else reject(error) }) })
  }

  /** A call that is cancelled when `when` resolves. */
  async cancelled (method: string, request: object, when: Promise<unknown>): Promise<Reply> {
    return await new Promise((resolve, reject) => {
      const call = this.#client[method]!(request, this.#metadata, {}, (error, reply) => { if (error === null) resolve(reply); else reject(error) })
      void when.then(() => { call.cancel() })
    })
  }

  stream (request: object): ClientReadableStream<Reply> {
    return (this.#client as unknown as { Receive (request: object, metadata: Metadata): ClientReadableStream<Reply> }).Receive(request, this.#metadata)
  }

  close (): void { this.#client.close() }
}

describe('the local API for a stock gRPC client', () => {
  let served: Served
  let grpc: Grpc

  beforeEach(async () => {
    served = await serveFake()
    grpc = new Grpc(`unix:${served.socketPath}`)
  })
  afterEach(async () => {
    grpc.close()
    await served.stop()
  })

  it('answers calls, with words for enums', async () => {
    assert.equal((await grpc.call('Identity')).identity.account, (await served.alice.identity()).account)
    const { message } = await grpc.call('Send', { chat: served.chat, text: 'from gRPC \u{1F426}', wait: 'WAIT_DELIVERED' })
    assert.equal(message.state, 'MESSAGE_STATE_DELIVERED')
    assert.equal((await served.bob.getMessage(served.chat, message.id)).text, 'from gRPC \u{1F426}')
  })

  it('tells errors by gRPC\'s code, by ours in the metadata, and by facts in the details', async () => {
    const error = await grpc.call('ShowChat', { chat: 'nobody' }).then(() => assert.fail(), (thrown: unknown) => thrown as ServiceError)
    assert.equal(error.code, status.NOT_FOUND)
    assert.deepEqual(error.metadata.get('petrel-code'), ['ERR_NOT_FOUND'])
    assert.ok(error.metadata.get('grpc-status-details-bin').length > 0)
    await assert.rejects(grpc.call('Send', { chat: served.chat, text: 'x'.repeat(5000) }), { code: status.INVALID_ARGUMENT })
    await assert.rejects(grpc.call('Send', { chat: served.chat, text: 'x'.repeat(300_000) }), { code: status.RESOURCE_EXHAUSTED })
  })

  it('streams updates that are there, and what comes', async () => {
    const stream = grpc.stream({ after: '0', follow: true })
    const seen: string[] = []
    stream.on('data', ({ update }: Reply) => {
      seen.push(update.n)
      const { kind } = update.event
      if (seen.length === 2) void served.bob.send(served.chat, 'while it streams')
      if (kind === 'message' && update.event.message?.message.text === 'while it streams') stream.cancel()
    })
    await once(stream, 'error')
    assert.deepEqual(seen, seen.map((_, i) => String(i + 1)))
    await served.alice.idle()
  })

  it('ends a stream that is cancelled', async () => {
    const stream = grpc.stream({ after: '0', follow: true })
    await once(stream, 'data')
    assert.equal(served.alice.streams, 1)
    stream.cancel()
    const [error] = await once(stream, 'error') as [ServiceError]
    assert.equal(error.code, status.CANCELLED)
    await served.alice.idle()
  })

  it('gives up a call that is cancelled, and keeps the message', async () => {
    const stored = (async () => { for await (const { event } of served.bob.receive({ follow: true })) if (event.type === 'message') return event.message.text; return undefined })()
    await assert.rejects(grpc.cancelled('Send', { chat: served.chat, text: 'kept', wait: 'WAIT_READ' }, stored), { code: status.CANCELLED })
    assert.equal(await stored, 'kept')
  })

  it('keeps a deadline', async () => {
    await assert.rejects(grpc.call('Send', { chat: served.chat, text: 'x', wait: 'WAIT_READ' }, { deadline: Date.now() + 100 }), { code: status.DEADLINE_EXCEEDED })
    assert.equal((await grpc.call('Identity')).identity.name, 'Alice')
  })

  it('ends streams with UNAVAILABLE when the daemon stops', async () => {
    const stream = grpc.stream({ after: '0', follow: true })
    await once(stream, 'data')
    stream.on('data', () => undefined)
    const ended = once(stream, 'error') as Promise<[ServiceError]>
    await served.server.close()
    assert.equal((await ended)[0].code, status.UNAVAILABLE)
  })

  it('needs a token over TCP; one that is taken back ends its streams', async () => {
    const made = newApiToken('test', 'read', randomBytes)
    let tokens = [made.token]
    const second = await serveFake({ tcp: { host: '127.0.0.1', port: 0, tokens: () => tokens } })
    const address = `127.0.0.1:${second.server.port!}`
    const [nobody, reader] = [new Grpc(address), new Grpc(address, made.secret)]
    await assert.rejects(nobody.call('Identity'), { code: status.UNAUTHENTICATED })
    await assert.rejects(reader.call('Shutdown'), { code: status.PERMISSION_DENIED })
    const stream = reader.stream({ after: '0', follow: true })
    await once(stream, 'data')
    stream.on('data', () => undefined)
    const ended = once(stream, 'error') as Promise<[ServiceError]>
    tokens = []
    await second.bob.send(second.chat, 'not for it')
    assert.equal((await ended)[0].code, status.UNAUTHENTICATED)
    nobody.close()
    reader.close()
    await second.stop()
  })
})
