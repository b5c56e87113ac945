import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import fc from 'fast-check'
import { jsonSchemas, METHODS, METHOD_NAMES, schemaId, toJson, type Json } from '../../../src/protocol/api/index.js'
import { valueOf } from './arbitrary.js'

const FILE = join(import.meta.dirname, '../../../src/protocol/api/petrel.v1.schema.json')

describe('the JSON Schemas', () => {
  const ajv = new Ajv2020({ strict: true, strictRequired: false, strictTypes: false, formats: { 'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/ } })
  ajv.addSchema(jsonSchemas())

  it('stand in petrel.v1.schema.json as they are made from the descriptions (PETREL_WRITE_SCHEMAS=1 writes it)', () => {
    const text = `${JSON.stringify(jsonSchemas(), null, 2)}\n`
    if (process.env.PETREL_WRITE_SCHEMAS === '1') writeFileSync(FILE, text)
    assert.ok(existsSync(FILE))
    assert.equal(readFileSync(FILE, 'utf8'), text)
  })

  for (const method of METHOD_NAMES) {
    it(`accept every result and parameters of ${method}`, () => {
      for (const part of ['result', 'params'] as const) {
        const validate = ajv.getSchema(schemaId(part, method))
        assert.ok(validate !== undefined)
        fc.assert(fc.property(valueOf(METHODS[method][part]), value => {
          assert.ok(validate(JSON.parse(JSON.stringify(toJson(value)))), JSON.stringify(validate.errors))
        }), { numRuns: 20 })
      }
    })
  }

  const refused: [string, string, Json][] = [
    ['a missing field', schemaId('Identity'), { account: 'a', device: 'd', name: 'n' }],
    ['a null where none may be', schemaId('Identity'), { account: 'a', device: 'd', name: 'n', link: null }],
    ['a date that is none', schemaId('Invite'), { id: 'i', link: 'l', createdAt: 'yesterday', expiresAt: null }],
    ['a known update without its fields', schemaId('Update'), { n: 1, at: '2030-01-01T00:00:00Z', event: { type: 'request', account: 'a' } }],
    ['a parameter that does not exist', schemaId('params', 'send'), { chat: 'c', text: 't', idempotencykey: 'k' }],
    ['an error without our code', schemaId('Error'), { code: -32000, message: 'm', data: { details: {} } }]
  ]
  for (const [what, id, value] of refused) {
    it(`refuse ${what}`, () => { assert.equal(ajv.validate(id, value), false) })
  }

  it('bear what a later version adds', () => {
    assert.ok(ajv.validate(schemaId('Update'), { n: 1, at: '2030-01-01T00:00:00Z', event: { type: 'poll', question: 'why' }, later: 1 }))
  })
})
