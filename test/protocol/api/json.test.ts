import assert from 'node:assert/strict'
import fc from 'fast-check'
import { BadInputError, METHODS, METHOD_NAMES, paramsFromJson, resultFromJson, scopeAllows, toJson } from '../../../src/protocol/api/index.js'
import { errorFromRpc, rpcError } from '../../../src/protocol/api/index.js'
import { AmbiguousError, InternalError, PetrelError } from '../../../src/protocol/wire/errors.js'
import { valueOf } from './arbitrary.js'

const through = (json: unknown): unknown => JSON.parse(JSON.stringify(json))

describe('the API\'s JSON', () => {
  for (const method of METHOD_NAMES) {
    it(`carries every parameter and result of ${method} and back`, () => {
      fc.assert(fc.property(valueOf(METHODS[method].result), valueOf(METHODS[method].params), (result, params) => {
        assert.deepEqual(resultFromJson(method, through(toJson(result))), result)
        assert.deepEqual(paramsFromJson(method, through(toJson(params))), params)
      }), { numRuns: 20 })
    })
  }

  it('has numbers as numbers, dates as RFC 3339 strings, and nulls present', () => {
    assert.deepEqual(toJson({ n: 5, at: new Date(0), gone: undefined, none: null, list: [new Date(1)] }),
      { n: 5, at: '1970-01-01T00:00:00.000Z', none: null, list: ['1970-01-01T00:00:00.001Z'] })
    assert.throws(() => toJson({ n: 1n }), BadInputError)
    assert.throws(() => toJson(new Date(NaN)), BadInputError)
  })

  it('keeps fields, words and kinds of updates of a later version', () => {
    const update = { n: 1, at: '2030-01-01T00:00:00Z', event: { type: 'poll', question: 'why?', at: '2030-01-01T00:00:00Z' }, later: [1] }
    assert.deepEqual(resultFromJson('receive', update), { ...update, at: new Date('2030-01-01T00:00:00Z') })
    const relay = { address: 'a', peer: 'p', state: 'sleeping', home: true, role: null, error: null, usage: null, own: false, inbox: false, behind: null, latency: 3 }
    assert.deepEqual(resultFromJson('addRelay', relay), relay)
  })

  it('reads a result of an older version: what it does not send yet is as little as it can be', () => {
    const old = { address: 'a', peer: 'p', state: 'connected', home: true, role: null, error: null }
    const { own, usage } = resultFromJson('addRelay', old)
    assert.deepEqual([own, usage], [false, null])
    assert.throws(() => resultFromJson('addRelay', { ...old, state: undefined }), BadInputError)
    assert.throws(() => paramsFromJson('send', { chat: 'ada' }), BadInputError, 'a caller says everything')
  })

  const bad: [string, () => unknown, RegExp][] = [
    ['a parameter it does not know', () => paramsFromJson('send', { chat: 'c', text: 't', idempotencykey: 'k' }), /idempotencykey/],
    ['a missing parameter', () => paramsFromJson('send', { chat: 'c' }), /send\.text is missing/],
    ['a parameter of another type', () => paramsFromJson('acknowledge', { consumer: 'c', n: '1' }), /acknowledge\.n/],
    ['a number that a double does not hold', () => paramsFromJson('acknowledge', { consumer: 'c', n: 2 ** 53 }), /acknowledge\.n/],
    ['a word it does not know from a caller', () => paramsFromJson('send', { chat: 'c', text: 't', wait: 'someday' }), /send\.wait/],
    ['a name of Object.prototype as a word', () => paramsFromJson('send', { chat: 'c', text: 't', wait: 'constructor' }), /send\.wait/],
    ['half a character', () => paramsFromJson('send', { chat: 'c', text: '\udc00' }), /send\.text/],
    ['a list for an object', () => paramsFromJson('status', []), /status/],
    ['a field named __proto__', () => paramsFromJson('send', JSON.parse('{"chat":"c","text":"t","__proto__":{"wait":"read"}}')), /__proto__/],
    ['a nested field named __proto__ in a result', () => resultFromJson('identity', JSON.parse('{"account":"a","device":"d","name":"n","link":"l","__proto__":{}}')), /__proto__/],
    ['too many entities', () => paramsFromJson('send', { chat: 'c', text: 't', entities: Array(101).fill({ type: 'bold', offset: 0, length: 1 }) }), /entities/],
    ['a page that is too large', () => paramsFromJson('showChat', { chat: 'c', limit: 201 }), /limit/],
    ['a date that is none', () => resultFromJson('receive', { n: 1, at: '2030-13-01T00:00:00Z', event: { type: 'poll' } }), /at/],
    ['a date in words', () => resultFromJson('receive', { n: 1, at: 'Jan 1 2030', event: { type: 'poll' } }), /at/]
  ]
  for (const [what, read, message] of bad) {
    it(`refuses ${what}, and names the place`, () => {
      assert.throws(read, (error: unknown) => error instanceof BadInputError && message.test(error.message))
    })
  }

  it('carries errors with their class, code and facts', () => {
    const error = errorFromRpc(through(rpcError(new AmbiguousError('two fit', { details: { candidates: ['a', 'b'], count: 2 } }))))
    assert.ok(error instanceof AmbiguousError)
    assert.deepEqual({ message: error.message, ...error.details }, { message: 'two fit', candidates: ['a', 'b'], count: 2 })
    assert.equal(errorFromRpc({ code: -32000, message: 'm', data: { code: 'ERR_LATER' } }).code, 'ERR_LATER')
    assert.ok(errorFromRpc('nonsense') instanceof InternalError)
    assert.ok(errorFromRpc({ code: 1, message: 'm', data: { code: 'ERR_X', details: { a: { b: 1 } } } }) instanceof PetrelError)
  })

  it('has scopes that include the smaller ones', () => {
    assert.ok(scopeAllows('admin', 'read') && scopeAllows('send', 'read') && scopeAllows('read', 'read'))
    assert.ok(!scopeAllows('read', 'send') && !scopeAllows('send', 'admin'))
  })
})
