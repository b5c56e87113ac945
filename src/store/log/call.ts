/** One call of append, until all of its items are durable. */
import { AbortedError } from '../../protocol/wire/index.js'
import type { AppendResult, AppendSink } from '../contract.js'

/** What is known of it. */
export interface Call {
  readonly results: AppendResult[]
  /** Items that are not durable yet. */
  left: number
  /** Items whose result is known. */
  known: number
  /** It was given up, or has failed: its sink was told. */
  over: boolean
  readonly sink: AppendSink
}

/** The call, given up by a signal: its outcome is unknown then. */
export function withdrawable ({ results, left, known, sink }: Call, signal: AbortSignal): Call {
  const stop = (): void => {
    call.over = true
    sink.failed(new AbortedError('the append was aborted: its outcome is unknown, retry with the same ids', { cause: signal.reason }))
  }
  const call: Call = {
    results, left, known, over: false,
    sink: {
      appended: value => { signal.removeEventListener('abort', stop); sink.appended(value) },
      failed: error => { signal.removeEventListener('abort', stop); sink.failed(error) }
    }
  }
  signal.addEventListener('abort', stop, { once: true })
  return call
}
