/** Two streams made one: what comes from either goes to the other, no faster than that one takes it. */
import type { Stream } from '@libp2p/interface'
import { UnavailableError } from '../../../protocol/wire/index.js'

/**
 * Joins two streams until both are closed. An end of one side's writing ends the other's; a cut cuts the other.
 * @param onBytes called with the number of bytes of each piece that passes
 */
export async function joinStreams (a: Stream, b: Stream, onBytes: (count: number) => void): Promise<void> {
  await Promise.all([flow(a, b, onBytes), flow(b, a, onBytes)])
}

async function flow (from: Stream, to: Stream, onBytes: (count: number) => void): Promise<void> {
  await new Promise<void>(resolve => {
    from.addEventListener('message', event => {
      onBytes(event.data.byteLength)
      try {
        if (!to.send(event.data)) from.pause()
      } catch {
        from.abort(new UnavailableError('the other side of the visit is gone'))
      }
    })
    to.addEventListener('drain', () => { from.resume() })
    from.addEventListener('remoteCloseWrite', () => { to.close().catch(() => { to.abort(new UnavailableError('the visit did not close')) }) })
    from.addEventListener('close', event => {
      if (event.error !== undefined) to.abort(new UnavailableError('the other side of the visit was cut off'))
      resolve()
    })
  })
}
