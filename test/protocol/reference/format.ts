/** A format: how its bytes are made of a value, and what they must be to be taken. */
import { read, write, type Value, type ValueMap } from './cbor.js'
import type { Form } from './forms.js'
import { makeRecord, openRecord } from './proof.js'

/** What the reader knows and the bytes must agree with: whose account it is, which log, and so on. */
export type Context = Record<string, Value>

export interface Format {
  /** @param seed the signer's, for what is signed */
  make: (value: Value, seed?: Uint8Array) => Uint8Array
  /** What the bytes say. @throws for bytes that must be refused */
  take: (bytes: Uint8Array, context: Context) => { value: Value, signer?: Uint8Array, bytes?: Uint8Array }
}

export function same (a: Value | undefined, b: Value | undefined): boolean {
  return a instanceof Uint8Array && b instanceof Uint8Array ? Buffer.from(a).equals(b) : a === b
}

export function must (holds: boolean, what: string): asserts holds { if (!holds) throw new Error(what) }

/** dag-cbor without a signature. */
export function plain (name: string, form: Form, maxBytes: number, rule: (value: Value) => void = () => {}): Format {
  return {
    make: value => write(value),
    take: bytes => {
      const value = read(bytes, maxBytes)
      form(value, name)
      rule(value)
      return { value }
    }
  }
}

/** A signed record. The rule sees the body, the signer and what the reader knows. */
export function record (name: string, label: string, maxBytes: number, form: Form, rule: (body: ValueMap, signer: Uint8Array, context: Context) => void = () => {}): Format {
  return {
    make: (value, seed) => makeRecord(label, value, seed!),
    take: (bytes, context) => {
      const { body, signer, bytes: inner } = openRecord(label, bytes, maxBytes)
      form(body, name)
      rule(body, signer, context)
      return { value: body, signer, bytes: inner }
    }
  }
}
