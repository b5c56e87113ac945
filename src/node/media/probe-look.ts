/** Looks into files by what {@link ../probe/index.ts} finds. */
import { fileType, sniff, type Prober } from '../probe/index.js'
import type { Look } from './add.js'

/** A look that ends with the node. */
export function probeLook (prober: Prober): Look {
  return {
    // What is not looked into is a file of the type that its name or its sender says.
    sniff: (head, name) => {
      const { type, probe } = sniff(head)
      return { as: 'file', type: fileType(type, name, undefined), probe }
    },
    probe: async (source, wanted) => await prober.probe(source, wanted),
    smaller: async (thumb, bytes) => await prober.smallerThumb(thumb, bytes, {}),
    close: async () => { await prober.close() }
  }
}
