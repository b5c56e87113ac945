/** protobuf (proto3) by hand, from the text of gateway.proto: encoding in the order of field numbers, zeros left out. */
import { readFileSync } from 'node:fs'
import type { Value, ValueMap } from './cbor.js'

interface Field { name: string, number: number, type: string, rule: 'plain' | 'optional' | 'repeated' | 'oneof' }

function parse (text: string): Map<string, Field[]> {
  const found = new Map<string, Field[]>()
  const lines = text.replaceAll(/\/\/[^\n]*/g, '')
  for (const [, name, inside] of lines.matchAll(/message (\w+) \{((?:[^{}]|\{[^{}]*\})*)\}/g)) {
    const choice = /oneof \w+ \{([^}]*)\}/.exec(inside!)
    const fields = (body: string, other?: 'oneof'): Field[] => [...body.matchAll(/(?:(optional|repeated) )?(\w+) (\w+) = (\d+)/g)].map(([, rule, type, snake, number]) => ({
      name: snake!.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase()), number: Number(number), type: type!, rule: other ?? (rule as Field['rule'] | undefined) ?? 'plain'
    }))
    found.set(name!, choice === null ? fields(inside!) : fields(choice[1]!, 'oneof'))
  }
  return found
}

export const messages = parse(readFileSync(new URL('../../../src/protocol/wire/gateway.proto', import.meta.url), 'utf8'))

export function varint (n: number | bigint): Buffer {
  const out: number[] = []
  let rest = BigInt(n)
  for (; rest >= 0x80n; rest >>= 7n) out.push(Number(rest & 0x7fn) | 0x80)
  return Buffer.from([...out, Number(rest)])
}

const ZERO: Record<string, Value> = { uint32: 0, uint64: 0, bool: false, string: '', bytes: new Uint8Array() }

function encodeField ({ number, type, rule }: Field, value: Value): Buffer {
  const zero = ZERO[type]
  const isZero = value === zero || (value instanceof Uint8Array && value.length === 0)
  if (isZero && rule === 'plain') return Buffer.alloc(0)
  if (typeof zero === 'number' || typeof zero === 'boolean') return Buffer.concat([varint(number << 3), varint(Number(value))])
  const body = typeof value === 'string' ? Buffer.from(value) : value instanceof Uint8Array ? value : encode(type, value as ValueMap)
  return Buffer.concat([varint(number << 3 | 2), varint(body.length), body])
}

/** A message's bytes. */
export function encode (name: string, value: ValueMap): Buffer {
  return Buffer.concat(messages.get(name)!.flatMap(field => {
    const own = value[field.name]
    if (own === undefined) return []
    return field.rule === 'repeated' ? (own as Value[]).map(item => encodeField(field, item)) : [encodeField(field, own)]
  }))
}

/** A message with every plain field, as a reader sees it. */
export function whole (name: string, value: ValueMap): ValueMap {
  const out: ValueMap = {}
  for (const { name: field, type, rule } of messages.get(name)!) {
    const inner = (v: Value): Value => messages.has(type) ? whole(type, v as ValueMap) : v
    const own = value[field]
    if (rule === 'repeated') out[field] = (own as Value[] | undefined ?? []).map(inner)
    else if (own !== undefined) out[field] = inner(own)
    else if (rule === 'plain' && type in ZERO) out[field] = ZERO[type]!
  }
  return out
}

/** A value with every field set, or (`zeros`) every one that may be absent set to zero. */
export function sample (name: string, zeros = false): ValueMap {
  return Object.fromEntries(messages.get(name)!.filter(field => !zeros || field.rule === 'optional').map(field => {
    const one = (i: number): Value => {
      if (zeros && field.type in ZERO) return ZERO[field.type]!
      switch (field.type) {
        case 'uint32': return 200 * field.number + i
        case 'uint64': return 2 ** 40 + field.number
        case 'bool': return true
        case 'string': return `${field.name} ü ${i}`
        case 'bytes': return Uint8Array.from({ length: 20 + field.number + i }, (_, at) => at)
        default: return sample(field.type, zeros)
      }
    }
    return [field.name, field.rule === 'repeated' ? [one(0), one(1)] : one(0)]
  }))
}
