/** The changes of a write, as they are said to what takes them: one after the other, and no object for each. */
import type { KeyValueOp } from './contract.js'

/** Takes changes one by one. What it is given may be written over once it returns: it keeps copies. */
export interface ChangeSink {
  put: (key: Uint8Array, value: Uint8Array) => unknown
  del: (key: Uint8Array) => unknown
}

/** Says its changes, in their order. Called once for a write. */
export type Changes = (sink: ChangeSink) => void

/** What says these operations. */
export function changesOf (ops: readonly KeyValueOp[]): Changes {
  return sink => {
    for (const op of ops) {
      if (op.type === 'put') sink.put(op.key, op.value)
      else sink.del(op.key)
    }
  }
}

/** What is said, as operations with memory of their own: of a Buffer, `slice` would be none. */
export function opsSaid (changes: Changes): KeyValueOp[] {
  const ops: KeyValueOp[] = []
  changes({
    put: (key, value) => ops.push({ type: 'put', key: new Uint8Array(key), value: new Uint8Array(value) }),
    del: key => ops.push({ type: 'del', key: new Uint8Array(key) })
  })
  return ops
}
