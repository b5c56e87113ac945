/** Looks into no file: each is what it is said to be. */
import type { Look } from './add.js'

/** See the file's head. */
export const plainLook: Look = {
  sniff: () => ({ as: 'file', type: undefined, probe: false }),
  probe: async (_source, { as = 'file' }) => await Promise.resolve({ as, notes: [] })
}
