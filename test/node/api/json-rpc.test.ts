import assert from 'node:assert/strict'
import { once } from 'node:events'
import { LineClient, requireProgram, run, serveFake, type Line, type Served } from './harness.js'

describe('the local API as JSON-RPC lines', () => {
  let served: Served
  let client: LineClient

  beforeEach(async () => {
    served = await serveFake()
    client = new LineClient(served.socketPath)
  })
  afterEach(async () => {
    client.end()
    await served.stop()
  })

  it('answers a line with a line', async () => {
    const { account } = await served.alice.identity()
    const answer = await client.call('identity', {}, 'my-id')
    assert.equal(answer.jsonrpc, '2.0')
    assert.equal(answer.id, 'my-id')
    assert.equal(answer.result.account, account)
  })

  it('answers two requests in one packet, and one that comes byte by byte', async () => {
    client.send({ jsonrpc: '2.0', id: 1, method: 'identity' }, { jsonrpc: '2.0', id: 2, method: 'listChats' })
    assert.deepEqual([(await client.next())?.id, (await client.next())?.id], [1, 2])
    for (const byte of Buffer.from('{"jsonrpc":"2.0","id":3,"method":"send","params":{"chat":"' + served.chat + '","text":"é"}}\r\n')) {
      client.write(Uint8Array.of(byte))
      await new Promise(resolve => client.socket.write('', resolve))
    }
    assert.equal((await client.next())?.result.text, 'é')
  })

  it('answers who closes the sending side, and the last line without a newline', async () => {
    client.socket.end('{"jsonrpc":"2.0","id":1,"method":"identity"}\n\n{"jsonrpc":"2.0","id":2,"method":"listChats"}')
    assert.deepEqual([(await client.next())?.id, (await client.next())?.id].sort(), [1, 2])
    assert.equal(await client.next(), undefined)
  })

  it('gives null for what returns nothing, and nothing for a notification', async () => {
    client.send({ jsonrpc: '2.0', method: 'acknowledge', params: { consumer: 'c', n: 2 } }, { jsonrpc: '2.0', method: 'nonsense' })
    assert.deepEqual(await client.call('acknowledge', { consumer: 'c', n: 1 }), { jsonrpc: '2.0', id: 1, result: null })
    assert.equal((await Array.fromAsync(served.alice.receive({ consumer: 'c' }))).length, 0)
  })

  it('answers a batch in one line', async () => {
    client.write(`${JSON.stringify([{ jsonrpc: '2.0', id: 1, method: 'identity' }, 5, { jsonrpc: '2.0', method: 'status' }, { jsonrpc: '2.0', id: 2, method: 'none' }])}\n`)
    const answers = await client.next() as unknown as Line[]
    assert.deepEqual(answers.map(answer => [answer.id, answer.error?.code]), [[1, undefined], [null, -32600], [2, -32601]])
  })

  it('streams updates as notices, ends the stream, and goes on with calls meanwhile', async () => {
    const { result } = await client.call('receive', { after: 0 })
    const numbers: number[] = []
    let notice = await client.next()
    for (; notice?.method === 'update'; notice = await client.next()) {
      assert.equal(notice.params.subscription, result.subscription)
      numbers.push(notice.params.update.n)
    }
    assert.deepEqual(numbers, numbers.map((_, i) => i + 1))
    assert.deepEqual(notice, { jsonrpc: '2.0', method: 'end', params: { subscription: result.subscription, error: null } })

    const follow = await client.call('receive', { after: numbers.length, follow: true }, 2)
    const sent = await client.call('send', { chat: served.chat, text: 'while it streams' }, 3)
    const seen = [sent, await client.next(), await client.next(), await client.next()]
    assert.ok(seen.some(line => line?.id === 3))
    assert.ok(seen.some(line => line?.params?.update.event.message?.text === 'while it streams'))
    client.send({ jsonrpc: '2.0', method: 'cancel', params: { subscription: follow.result.subscription } })
    const end = await client.next()
    assert.equal(end?.method, 'end')
    assert.equal(end.params.error.data.code, 'ERR_ABORTED')
    assert.equal(served.alice.streams, 0)
  })

  it('ends a call that is cancelled by its id', async () => {
    client.send({ jsonrpc: '2.0', id: 7, method: 'send', params: { chat: served.chat, text: 'x', wait: 'read' } }, { jsonrpc: '2.0', method: 'cancel', params: { id: 7 } })
    const answer = await client.next()
    assert.equal(answer?.id, 7)
    assert.equal(answer.error.data.code, 'ERR_ABORTED')
  })

  it('ends streams of a client that went away, and its calls', async () => {
    await client.call('receive', { follow: true })
    assert.equal(served.alice.streams, 1)
    client.end()
    await served.alice.idle()
  })

  const wrong: [string, string | Uint8Array, number, string][] = [
    ['a line that is no JSON', '{"jsonrpc":\n', -32700, 'ERR_BAD_INPUT'],
    ['invalid UTF-8', Buffer.concat([Buffer.from('{"jsonrpc":"2.0","id":1,"method":"identity","x":"'), Buffer.of(0xff, 0xc0), Buffer.from('"}\n')]), -32700, 'ERR_BAD_INPUT'],
    ['a request without a version', '{"id":1,"method":"identity"}\n', -32600, 'ERR_BAD_INPUT'],
    ['an id that is an object', '{"jsonrpc":"2.0","id":{},"method":"identity"}\n', -32600, 'ERR_BAD_INPUT'],
    ['a method that does not exist', '{"jsonrpc":"2.0","id":1,"method":"constructor"}\n', -32601, 'ERR_UNSUPPORTED'],
    ['`close`, which is only for the own process', '{"jsonrpc":"2.0","id":1,"method":"close"}\n', -32601, 'ERR_UNSUPPORTED'],
    ['parameters by position', '{"jsonrpc":"2.0","id":1,"method":"identity","params":[]}\n', -32602, 'ERR_BAD_INPUT'],
    ['a parameter it does not know', '{"jsonrpc":"2.0","id":1,"method":"identity","params":{"x":1}}\n', -32602, 'ERR_BAD_INPUT'],
    ['__proto__ among the parameters', '{"jsonrpc":"2.0","id":1,"method":"identity","params":{"__proto__":{"x":1}}}\n', -32602, 'ERR_BAD_INPUT'],
    ['what the node refuses', '{"jsonrpc":"2.0","id":1,"method":"showChat","params":{"chat":"nobody"}}\n', -32000, 'ERR_NOT_FOUND'],
    ['an empty batch', '{}\n[]\n', -32600, 'ERR_BAD_INPUT']
  ]
  for (const [what, bytes, code, own] of wrong) {
    it(`answers ${what} with ${own}, and goes on`, async () => {
      client.write(bytes)
      const answer = await client.next()
      assert.equal(answer?.error.code, code)
      assert.equal(answer.error.data.code, own)
      if (what === 'an empty batch') assert.equal((await client.next())?.error.code, code)
      assert.equal((await client.call('identity', {}, 99)).id, 99)
    })
  }

  it('shows a fault of its own without its words, and logs its place without them', async () => {
    served.alice.status = async () => { throw new TypeError('the secret text') }
    const answer = await client.call('status')
    assert.equal(answer.error.data.code, 'ERR_INTERNAL')
    assert.doesNotMatch(JSON.stringify(answer), /secret text/)
    assert.match(served.logged.join('\n'), /error api\.call\.failed .*TypeError.*json-rpc\.test/)
    assert.doesNotMatch(served.logged.join('\n'), /secret text/)
  })

  it('tells the candidates of a name that fits several', async () => {
    const carol = served.alice.net.node('Carol')
    await served.alice.addContact((await carol.identity()).link)
    const answer = await client.call('safetyNumber', { contact: '12D3KooW' })
    assert.equal(answer.error.data.code, 'ERR_AMBIGUOUS')
    assert.equal(answer.error.data.details.candidates?.length, 2)
  })

  it('works with socat', async function () {
    await requireProgram(this, 'socat')
    const { stdout } = await run('socat', ['-t', '5', '-', `UNIX-CONNECT:${served.socketPath}`], '{"jsonrpc":"2.0","id":1,"method":"identity"}\n')
    assert.equal((JSON.parse(stdout) as Line).result.name, 'Alice')
  })
})

describe('the limits of JSON-RPC connections', () => {
  let served: Served
  afterEach(async () => { await served.stop() })

  it('cut a line that is too long, finished or not, and say so', async () => {
    served = await serveFake({ limits: { apiLineBytes: 1000 } })
    for (const tail of ['', '\n']) {
      const client = new LineClient(served.socketPath)
      client.write(`{"jsonrpc":"2.0","id":1,"method":"send","params":{"text":"${'x'.repeat(1000)}${tail}`)
      const answer = await client.next()
      assert.equal(answer?.error.data.code, 'ERR_TOO_LARGE')
      assert.equal(await client.next(), undefined)
    }
  })

  it('refuse calls over the number in flight, and still hear a cancellation', async () => {
    served = await serveFake({ limits: { apiCallsInFlight: 2 } })
    const client = new LineClient(served.socketPath)
    const params = { chat: served.chat, text: 'x', wait: 'read' }
    client.send(...[1, 2, 3].map(id => ({ jsonrpc: '2.0', id, method: 'send', params })))
    const refused = await client.next()
    assert.equal(refused?.id, 3)
    assert.equal(refused.error.data.code, 'ERR_RATE')
    client.send({ jsonrpc: '2.0', method: 'cancel', params: { id: 1 } })
    assert.equal((await client.next())?.id, 1)
    client.end()
  })

  it('close a silent connection, and one that says too little', async () => {
    served = await serveFake({ limits: { apiSniffMs: 1000 } })
    const speaking = new LineClient(served.socketPath)
    speaking.write('{')
    await once(speaking.socket, 'connect')
    const silent = ['', 'PR'].map(text => {
      const client = new LineClient(served.socketPath)
      client.write(text)
      return client
    })
    assert.deepEqual(await Promise.all(silent.map(async client => await client.next())), [undefined, undefined])
    speaking.write('"jsonrpc":"2.0","id":1,"method":"identity"}\n')
    assert.equal((await speaking.next())?.id, 1)
    for (const client of silent) client.end()
    speaking.end()
  })

  it('drop connections over their number', async () => {
    served = await serveFake({ limits: { apiConnections: 2 } })
    const held = [new LineClient(served.socketPath), new LineClient(served.socketPath)]
    for (const client of held) assert.equal((await client.call('identity')).id, 1)
    assert.equal(await new LineClient(served.socketPath).next(), undefined)
    held[0]!.end()
    await once(held[0]!.socket, 'close')
    held[1]!.end()
  })

  it('wait for a reader that is slow, with little in memory', async () => {
    served = await serveFake({ limits: { apiWriteBytes: 10_000 } })
    const text = 'x'.repeat(4000)
    for (let i = 0; i < 500; i++) await served.bob.send(served.chat, text)
    const client = new LineClient(served.socketPath)
    client.socket.pause()
    let pulled = 0
    const receive = served.alice.receive.bind(served.alice)
    // The server asks for the next update at once while the reader keeps up, so a pause means that it waits.
    const held = new Promise<void>(resolve => {
      let timer = setTimeout(resolve, 10_000)
      served.alice.receive = async function * (options) {
        for await (const update of receive(options)) {
          pulled++
          clearTimeout(timer)
          timer = setTimeout(resolve, 100)
          yield update
        }
      }
    })
    client.send({ jsonrpc: '2.0', id: 1, method: 'receive', params: {} })
    await held
    // What the kernel's buffers take (some hundred kB each side) and ours, not the two megabytes there are.
    assert.ok(pulled < 350, `${pulled} updates were taken for a reader that reads nothing`)
    let lines = 0
    for (let line = await client.next(); line !== undefined && line.method !== 'end'; line = await client.next()) lines++
    assert.ok(lines >= 500)
    client.end()
  })
})
