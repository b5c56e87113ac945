/** `petrel daemon status`, and what the other daemon commands need to know of a daemon. */
import type { NodeStatus } from '../../protocol/api/index.js'
import type { Context } from '../context.js'
import { EXIT } from '../exit-codes.js'
import { codeOf } from '../failure.js'
import type { Handler } from '../command.js'
import { relative } from '../terminal/time.js'

/** The running daemon's status, or undefined when none answers. */
export async function runningDaemon (context: Context): Promise<NodeStatus | undefined> {
  try {
    return await context.withPetrel(async petrel => await petrel.status({ signal: context.signal }))
  } catch (error) {
    if (codeOf(error) === 'ERR_NOT_RUNNING') return undefined
    throw error
  }
}

/** Says whether the node runs. */
export const status: Handler = async context => {
  const { io, out, propose } = context
  const paths = await context.paths()
  const found = await runningDaemon(context)
  const { home, socket, log } = paths
  if (found === undefined) {
    await out.result({ daemon: { running: false, pid: null, since: null, home, socket, log } }, () => [`not running (home ${home})`])
    await out.note(`Start it with: ${propose('daemon start')}`)
    return EXIT.notRunning
  }
  await out.result({ daemon: { running: true, pid: found.pid, since: found.since, home, socket, log } }, () => [
    `running${found.pid === null ? '' : `, process ${found.pid}`}, started ${relative(found.since, io.now())} (home ${home})`
  ])
  return EXIT.ok
}
