/** JSON Schemas (draft 2020-12) of everything that `--json` and JSON-RPC print, made from the descriptions. */
import type { Json } from './json.js'
import { METHODS, METHOD_NAMES } from './methods.js'
import type { AnySpec, ObjectSpec, UnionSpec } from './spec.js'

/** The version in every `$id`. A change that could break a reader makes it 2. */
export const SCHEMA_VERSION = 1

type Schema = { [name: string]: Json }

/** The `$id` of a value's, a method's or an update's schema: `schemaId('ChatMessage')`, `schemaId('result', 'send')`. */
export function schemaId (...parts: string[]): string { return `urn:petrel:schema:v${SCHEMA_VERSION}:${parts.join(':')}` }

const rpcErrorSchema: Schema = {
  $id: schemaId('Error'),
  type: 'object',
  properties: {
    code: { type: 'integer' },
    message: { type: 'string' },
    data: { type: 'object', properties: { code: { type: 'string', pattern: '^ERR_[A-Z_]+$' }, details: { type: 'object' } }, required: ['code', 'details'] }
  },
  required: ['code', 'message', 'data']
}

/** A stream's notice: `update` with an Update, `transfer` with a MediaTransfer, `activity` with an Activity. */
function noticeSchema (method: string, value: string): Schema {
  return {
    $id: schemaId('notice', method),
    type: 'object',
    required: ['jsonrpc', 'method', 'params'],
    properties: {
      jsonrpc: { const: '2.0' },
      method: { const: method },
      params: { type: 'object', properties: { subscription: { type: 'string' }, [method]: { $ref: schemaId(value) } }, required: ['subscription', method] }
    }
  }
}

/** All schemas in one document: each under `$defs`, with an `$id` of its own. */
export function jsonSchemas (): Schema {
  const named = new Map<string, Schema>()
  const methods = METHOD_NAMES.flatMap(method => {
    const { params, result } = METHODS[method]
    const parts: [string, AnySpec][] = [['params', params], ['result', result]]
    return parts.map(([part, spec]): [string, Schema] => [`${part}:${method}`, { $id: schemaId(part, method), ...schemaOf(spec, named) }])
  })
  const notices = [['update', 'Update'], ['transfer', 'MediaTransfer'], ['activity', 'Activity']] as const
  const defs = [...named, ...methods, ['Error', rpcErrorSchema] as const, ...notices.map(([method, value]) => [`notice:${method}`, noticeSchema(method, value)] as const)]
  return { $schema: 'https://json-schema.org/draft/2020-12/schema', $id: schemaId('all'), $defs: Object.fromEntries(defs) }
}

function schemaOf (spec: AnySpec, named: Map<string, Schema>): Schema {
  switch (spec.kind) {
    case 'text': return { type: 'string', ...(spec.min > 0 ? { minLength: spec.min } : {}), ...(spec.maxBytes === null ? {} : { maxLength: spec.maxBytes }) }
    case 'integer': return { type: 'integer', minimum: spec.min, maximum: spec.max }
    case 'bool': return { type: 'boolean' }
    case 'date': return { type: 'string', format: 'date-time' }
    // A reader must bear words of a later version: they are named as examples, not as the only ones.
    case 'choice': return { type: 'string', [spec.open ? 'examples' : 'enum']: Object.keys(spec.numbers) }
    case 'nullable': return { anyOf: [schemaOf(spec.of, named), { type: 'null' }] }
    case 'list': return { type: 'array', items: schemaOf(spec.of, named), ...(spec.max === null ? {} : { maxItems: spec.max }) }
    case 'object': return spec.name === null ? objectSchema(spec, named) : reference(spec.name, () => objectSchema(spec, named), named)
    case 'union': return reference(spec.name, () => unionSchema(spec, named), named)
    case 'nothing': return { type: 'null' }
  }
}

function reference (name: string, make: () => Schema, named: Map<string, Schema>): Schema {
  if (!named.has(name)) {
    named.set(name, {})
    named.set(name, { $id: schemaId(name), ...make() })
  }
  return { $ref: schemaId(name) }
}

function objectSchema (spec: ObjectSpec, named: Map<string, Schema>): Schema {
  const fields = Object.entries(spec.fields)
  return {
    type: 'object',
    properties: Object.fromEntries(fields.map(([name, field]) => [name, schemaOf(field.spec, named)])),
    required: fields.filter(([, field]) => !field.optional).map(([name]) => name),
    ...(spec.open ? {} : { additionalProperties: false })
  }
}

/** Known types have their fields; another type is anything with a `type`. */
function unionSchema (spec: UnionSpec, named: Map<string, Schema>): Schema {
  const cases = Object.entries(spec.cases)
  return {
    type: 'object',
    properties: { type: { type: 'string', examples: cases.map(([type]) => type) } },
    required: ['type'],
    allOf: cases.map(([type, of]) => ({ if: { properties: { type: { const: type } } }, then: objectSchema(of, named) }))
  }
}
