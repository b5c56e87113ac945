/** `petrel daemon stop`. */
import { setTimeout as wait } from 'node:timers/promises'
import { codeOf } from '../failure.js'
import type { Handler } from '../command.js'
import { runningDaemon } from './daemon-status.js'

/** How often it is asked whether the process is still there, ms. */
const TRY_MS = 50

/** Whether a process lives. */
function lives (pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return codeOf(error) === 'EPERM'
  }
}

/** Asks the node to drain and stop, and waits until its process has ended. */
export const stop: Handler = async context => {
  const { out, signal } = context
  const found = await runningDaemon(context)
  if (found === undefined) {
    await out.result({ stopped: false, pid: null }, () => ['not running'])
    return undefined
  }
  await context.withPetrel(async petrel => { await petrel.shutdown({ signal }) })
  while (found.pid !== null && lives(found.pid)) await wait(TRY_MS, undefined, { signal })
  await out.result({ stopped: true, pid: found.pid }, () => [`stopped process ${String(found.pid)}`])
  return undefined
}
