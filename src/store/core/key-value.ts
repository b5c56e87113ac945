/** The plain key-values of a store: a view on the core under one prefix. */
import { throwIfAborted } from '../abort.js'
import type { KeyRange, KeyValueOp, KeyValueStore } from '../contract.js'
import { prefixed, rangeUnder } from '../keys.js'
import type { Core } from './core.js'

/** A KeyValueStore whose keys lie under `prefix`. */
export function keyValueView (core: Core, prefix: Uint8Array): KeyValueStore {
  const under = (op: KeyValueOp): KeyValueOp => op.type === 'put'
    ? { type: 'put', key: prefixed(prefix, op.key), value: op.value }
    : { type: 'del', key: prefixed(prefix, op.key) }
  return {
    get: key => core.get(prefixed(prefix, key)),
    getMany: keys => core.getMany(keys.map(key => prefixed(prefix, key))),
    batch: (ops, options) => core.batch(ops.map(under), options),
    async * iterate (range: KeyRange = {}, options = {}) {
      for await (const pairs of core.scan(rangeUnder(prefix, range), options)) {
        for (const [key, value] of pairs) {
          throwIfAborted(options.signal)
          yield [key.subarray(prefix.length), value]
        }
      }
    }
  }
}
