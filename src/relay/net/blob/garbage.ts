/**
 * Blocks and what they travel in lie outside the engine's heap, and it looks at them late: left alone it collects all of
 * its heap after every 6 MB of an upload, which took a third to a half of a relay's time (measured by bench/media.ts), the
 * more the larger the heap is. Nearly all of it is young, and collecting the young part alone costs a millisecond.
 */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** What passes between two collections. */
const EVERY_BYTES = 4 * 1024 * 1024

type Collect = (options: { readonly type: 'minor' }) => void

let passedBytes = 0
let collect: Collect | undefined

/** Says that so many bytes of blocks came or went. */
export function bytesPassed (bytes: number): void {
  passedBytes += bytes
  if (passedBytes < EVERY_BYTES) return
  passedBytes = 0
  collect ??= findCollect()
  collect({ type: 'minor' })
}

/** The engine's own function. Where it has none, it looks when it likes. */
function findCollect (): Collect {
  setFlagsFromString('--expose-gc')
  const found: unknown = runInNewContext('typeof gc === "function" ? gc : undefined')
  return typeof found === 'function' ? found as Collect : () => undefined
}
