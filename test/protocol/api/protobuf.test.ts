import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { create, fromBinary, toBinary, type DescMessage, type Message } from '@bufbuild/protobuf'
import fc from 'fast-check'
import { BadInputError, BYTE_METHODS, METHODS, METHOD_NAMES, type MethodName, type MethodParams, type MethodResult } from '../../../src/protocol/api/index.js'
import { paramsFromMessage, paramsToMessage, PetrelService, resultFromMessage, resultToMessage } from '../../../src/protocol/api/protobuf.js'
import { AddRelayResponseSchema, ReceiveResponseSchema, SendRequestSchema, UpdateEventSchema, Wait } from '../../../src/protocol/api/petrel_pb.js'
import { valueOf } from './arbitrary.js'

const FOLDER = join(import.meta.dirname, '../../../src/protocol/api')
const through = (desc: DescMessage, message: Message): Message => fromBinary(desc, toBinary(desc, message))
/** proto3 cannot tell an empty list from none, so an optional list comes back empty. */
const LISTS: Partial<Record<MethodName, Record<string, unknown>>> = {
  send: { entities: [], media: [] }, sendSecret: { entities: [], media: [] }, editSecret: { entities: [] }, editMessage: { entities: [] }, transfers: { media: [] }, createGroup: { members: [] }, editGroup: { permissions: [] }, editMember: { rights: [], permissions: [] }
}
const withLists = (method: MethodName, params: Record<string, unknown>): Record<string, unknown> => ({ ...LISTS[method], ...params })

describe('the API\'s protobuf', () => {
  it('has a method for every method of the interface, and no other', () => {
    const bytes = Object.keys(BYTE_METHODS)
    assert.deepEqual(PetrelService.methods.map(method => method.localName).sort(), [...METHOD_NAMES, ...bytes].sort())
    assert.deepEqual(bytes.map(name => PetrelService.method[name as keyof typeof BYTE_METHODS].methodKind), ['client_streaming', 'server_streaming', 'server_streaming', 'server_streaming'])
    for (const method of PetrelService.methods.filter(({ localName }) => !bytes.includes(localName))) assert.equal(method.methodKind, METHODS[method.localName as MethodName].stream ? 'server_streaming' : 'unary')
  })

  it('has the fields of every value, and no other', () => {
    for (const method of METHOD_NAMES) {
      const { input } = PetrelService.method[method]
      assert.deepEqual(input.fields.map(field => field.localName).sort(), Object.keys(METHODS[method].params.fields).sort(), method)
      assert.ok(PetrelService.method[method].output.fields.length <= 1, method)
    }
  })

  for (const method of METHOD_NAMES) {
    it(`carries every parameter and result of ${method} and back`, () => {
      const { input, output } = PetrelService.method[method]
      fc.assert(fc.property(valueOf(METHODS[method].result), valueOf(METHODS[method].params), (result, params) => {
        const answer = through(output, resultToMessage(method, result as MethodResult<typeof method>))
        assert.deepEqual(resultFromMessage(method, answer), result)
        const request = through(input, paramsToMessage(method, params as MethodParams[typeof method]))
        assert.deepEqual(paramsFromMessage(method, request), withLists(method, params as Record<string, unknown>))
      }), { numRuns: 20 })
    })
  }

  it('keeps enum numbers of a later version', () => {
    const message = create(AddRelayResponseSchema, { relay: { address: 'a', peer: 'p', state: 9 as never } })
    const relay = resultFromMessage('addRelay', through(AddRelayResponseSchema, message))
    assert.equal(relay.state, 'unknown-9')
    assert.deepEqual(through(AddRelayResponseSchema, resultToMessage('addRelay', relay)), through(AddRelayResponseSchema, message))
  })

  it('keeps the name of a kind of update that it does not know', () => {
    const event = fromBinary(UpdateEventSchema, Uint8Array.of(0x0a, 4, 0x70, 0x6f, 0x6c, 0x6c, 0xaa, 0x06, 1, 0xff))
    const message = create(ReceiveResponseSchema, { update: { n: 3n, at: { seconds: 1n }, event } })
    assert.deepEqual(resultFromMessage('receive', message), { n: 3, at: new Date(1000), event: { type: 'poll' } })
  })

  const bad: [string, () => unknown][] = [
    ['a parameter over its limit', () => paramsFromMessage('send', create(SendRequestSchema, { chat: 'c', text: 't', entities: [{ type: 'x'.repeat(200) }] }))],
    ['an update number over 2^53', () => resultFromMessage('receive', create(ReceiveResponseSchema, { update: { n: 2n ** 60n, at: {}, event: { type: 'x' } } }))],
    ['an update without a time', () => resultFromMessage('receive', create(ReceiveResponseSchema, { update: { n: 1n, event: { type: 'x' } } }))],
    ['a wait of a later version, since it cannot be honoured', () => paramsFromMessage('send', create(SendRequestSchema, { chat: 'c', text: 't', wait: 9 as never }))],
    ['a state without a word', () => resultFromMessage('addRelay', create(AddRelayResponseSchema, { relay: { address: 'a', peer: 'p' } }))],
    ['a value that is not one', () => resultToMessage('identity', { account: 1 } as never)]
  ]
  for (const [what, read] of bad) it(`refuses ${what}`, () => { assert.throws(read, BadInputError) })

  it('takes an unspecified wait for the default', () => {
    assert.equal(paramsFromMessage('send', create(SendRequestSchema, { chat: 'c', text: 't', wait: Wait.UNSPECIFIED })).wait, undefined)
  })
})

describe('the released contract petrel.api.v1', () => {
  let folder: string
  before(() => { folder = mkdtempSync(join(tmpdir(), 'petrel-proto-')) })
  after(() => { rmSync(folder, { recursive: true }) })

  /** What `buf breaking` has to say about a changed petrel.proto. */
  function breaking (change: (text: string) => string): string {
    const buf = join(dirname(createRequire(import.meta.url).resolve('@bufbuild/buf/package.json')), 'bin/buf')
    writeFileSync(join(folder, 'petrel.proto'), change(readFileSync(join(FOLDER, 'petrel.proto'), 'utf8')))
    const { stdout, stderr, status } = spawnSync(process.execPath, [buf, 'breaking', folder, '--against', join(FOLDER, 'petrel.v1.binpb')], { encoding: 'utf8' })
    assert.equal(stderr, '')
    assert.equal(status === 0, stdout === '')
    return stdout
  }

  it('is kept by today\'s petrel.proto', () => { assert.equal(breaking(text => text), '') }).timeout(60_000)
  it('may grow', () => { assert.equal(breaking(text => text.replace('string note = 3;', 'string note = 3;\n  string reason = 4;')), '') }).timeout(60_000)
  it('is broken by a field that is taken away or renumbered', () => {
    assert.match(breaking(text => text.replace('string note = 3;', '')), /field "3"/)
    assert.match(breaking(text => text.replace('string note = 3;', 'string note = 4;')), /field "3"/)
  }).timeout(60_000)
})
