/** A node's interface for a device that has stopped: who it is and what happened it still says, and nothing else. */
import { BYTE_METHODS, METHODS, type ByteMethodName, type MethodName, type Petrel } from '../../protocol/api/index.js'
import type { Standing } from './standing.js'

/** Whoever asks these learns why. */
const ALWAYS: ReadonlySet<string> = new Set(['identity', 'status', 'peers', 'doctor', 'close', 'shutdown', 'closed'])
/** These give one value after another: what is wrong comes with the first. */
const BYTE_STREAMS = ['readMedia', 'readSecretMedia', 'backup'] as const satisfies readonly ByteMethodName[]
const STREAMS: ReadonlySet<string> = new Set([...Object.entries(METHODS).filter(([, method]) => method.stream).map(([name]) => name), ...BYTE_STREAMS])

/** The node, with every method refused that its standing does not allow at the moment of the call. */
export function gated<T extends Petrel> (node: T, standing: Standing): T {
  const methods = Object.entries(node as unknown as Record<string, unknown>).map(([name, method]): [string, unknown] => [name, ALWAYS.has(name) || typeof method !== 'function' ? method : guard(name, method as AnyMethod, standing)])
  return Object.fromEntries(methods) as unknown as T
}

type AnyMethod = (...args: unknown[]) => unknown

function guard (name: string, method: AnyMethod, standing: Standing): AnyMethod {
  return (...args) => {
    const error = standing.refusalOf(scopeOf(name))
    if (error === undefined) return method(...args)
    return STREAMS.has(name) ? { [Symbol.asyncIterator]: () => ({ next: async () => await Promise.reject(error) }) } : Promise.reject(error)
  }
}

function scopeOf (name: string): 'read' | 'send' | 'admin' {
  if (Object.hasOwn(BYTE_METHODS, name)) return BYTE_METHODS[name as ByteMethodName].scope
  return Object.hasOwn(METHODS, name) ? METHODS[name as MethodName].scope : 'admin'
}
