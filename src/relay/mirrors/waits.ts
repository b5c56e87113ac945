/** Waiting for a mirrored log: for its home's first word, or until the copy has what its home has. */
import { LIMITS } from '../../protocol/wire/index.js'
import type { Clock } from '../../store/index.js'
import type { MirroredLog } from './mirrored-log.js'

/** Waits a little for the first word of the home, or the reason why there is none. */
export async function firstWord (log: MirroredLog, clock: Clock): Promise<void> {
  let over = false
  const cancel = clock.after(LIMITS.mirrorAnswerMs, () => { over = true; log.stir() })
  const hasWord = async (): Promise<boolean> => {
    const { meta } = await log.state()
    return log.isCurrent ? meta.elsewhere?.at !== 'mirror' || meta.elsewhere.head !== null : log.trouble !== undefined || log.link === undefined || (log.link.channel === undefined && log.link.why !== undefined)
  }
  while (!over) {
    const changed = log.change()
    if (await hasWord()) break
    await changed
  }
  cancel()
  log.stir()
}

/** Waits until the copy has what its home has now. False when it cannot. */
export async function caughtUp (log: MirroredLog, clock: Clock): Promise<boolean> {
  let over = false
  const cancel = clock.after(LIMITS.mirrorSyncMs, () => { over = true; log.stir() })
  try {
    const end = await log.refresh(LIMITS.mirrorSyncMs)
    while (end !== undefined && !over && log.isCurrent) {
      const changed = log.change()
      if ((await log.state()).seq >= end) return true
      await changed
    }
    return false
  } catch {
    return false
  } finally {
    cancel()
  }
}
