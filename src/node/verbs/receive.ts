/** Updates for named consumers: at least once, in order, durable. */
import type { ReceiveOptions, Update } from '../../protocol/api/index.js'
import { BadInputError } from '../../protocol/wire/index.js'
import type { NodeCore } from '../core.js'

/** The updates after `after`, or after what the consumer acknowledged, or from the first one kept. */
export async function * receive (core: NodeCore, options: ReceiveOptions): AsyncGenerator<Update> {
  const { after, consumer, follow, signal } = options
  if (after !== undefined && (!Number.isSafeInteger(after) || after < 0)) throw new BadInputError('updates are read after a number of at least 0')
  // Of another home, or of this one before it was put back: nothing would come until the log had grown to there.
  if (after !== undefined && after > core.updates.last) throw new BadInputError(`there is no update ${after} yet: the last one is ${core.updates.last}`)
  const from = after ?? (consumer === undefined ? 0 : await core.updates.cursor(consumer))
  const until = signal === undefined ? core.ending.signal : AbortSignal.any([signal, core.ending.signal])
  try {
    yield * core.updates.read(from, { signal: until, ...(follow === undefined ? {} : { follow }) })
  } catch (error) {
    // Whoever waits for what comes learns why nothing will.
    throw signal?.aborted !== true && core.standing.error !== undefined ? core.standing.error : error
  }
}
