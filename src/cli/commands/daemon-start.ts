/** `petrel daemon start`. */
import { open } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'
import { BadInputError, ForbiddenError, NotFoundError, UnavailableError, type NodeStatus } from '../../protocol/api/index.js'
import type { HomePaths } from '../../node/client/index.js'
import type { Context } from '../context.js'
import type { DaemonProcess } from '../doors.js'
import type { Input } from '../input.js'
import { EXIT, type ExitCode } from '../exit-codes.js'
import { isOutOfTime } from '../failure.js'
import type { Handler } from '../command.js'
import { forHome, homeFlags, homeIsThere } from '../home.js'
import { oneLine } from '../terminal/safe-text.js'
import { runningDaemon } from './daemon-status.js'
import { unlockArguments } from './unlock-arguments.js'

/** How often the socket is tried while the daemon starts, ms. */
const TRY_MS = 50
/** After so many tries a person hears what is waited for. */
const SAY_TRIES = 40
/** How long a relay's first word is waited for: it may know of another copy of this home. */
const RELAY_MS = 1000
const TAIL_BYTES = 4096

/** What an exit code of the daemon's process says of why it did not start. */
const CAUSES: ReadonlyMap<number | null, new (message: string) => Error> = new Map<number, new (message: string) => Error>([
  [EXIT.usage, BadInputError], [EXIT.notFound, NotFoundError], [EXIT.refused, ForbiddenError]
])

/** The arguments that make the daemon's process do what this one was asked. */
function argumentsOf ({ settings }: Context, input: Input, paths: HomePaths, unlock: readonly string[]): string[] {
  const level = input.text('log-level')
  return [
    ...(settings.home === undefined ? [] : ['--home', settings.home]),
    ...(settings.profile === undefined ? [] : ['--profile', settings.profile]),
    'daemon', 'run', '--log-file', paths.log,
    ...unlock,
    ...input.texts('listen').flatMap(address => ['--listen', address]),
    ...(input.flag('lan') ? ['--lan'] : []),
    ...input.texts('circuit').flatMap(address => ['--circuit', address]),
    ...(level === undefined ? [] : ['--log-level', level])
  ]
}

/** Starts the node in the background, and returns when it answers. */
export const start: Handler = async (context, input) => {
  const { out } = context
  const paths = await context.paths()
  const before = await runningDaemon(context)
  if (before !== undefined) {
    await out.result({ started: false, pid: before.pid, log: paths.log, stopped: before.stopped }, () => [`runs already, process ${String(before.pid)}`])
    if (before.stopped !== null) return await standsInTheWay(context, before)
    if (!before.lan && input.flag('lan')) await out.note(`It runs without --lan. To change that: ${context.propose('daemon stop')}, then ${context.propose('daemon start --lan')}`)
    return undefined
  }
  if (!await homeIsThere(paths.home)) throw new NotFoundError(`there is no identity in ${paths.home}: make one with ${context.propose('init')}`)
  const { args, secret } = await unlockArguments(context, input, paths)
  const output = `${paths.log}.out`
  const daemon = await context.doors.launch({ arguments: argumentsOf(context, input, paths, args), input: secret, output })
  const first = await ready(context, daemon, output, paths.home)
  const started = first.pid === null || first.pid === daemon.pid
  const status = await welcomed(context, first)
  daemon.release()
  await out.result({ started, pid: status.pid, log: paths.log, stopped: status.stopped }, () => [started ? `started, process ${String(status.pid)}, log ${paths.log}` : `runs already, process ${String(status.pid)}`])
  return status.stopped === null ? undefined : await standsInTheWay(context, status)
}

/** The status once a home relay has let the device in or has not, or is too slow with that. */
async function welcomed (context: Context, first: NodeStatus): Promise<NodeStatus> {
  let status = first
  for (let waited = 0; status.stopped === null && waited < RELAY_MS && status.relays.some(({ state }) => state === 'connecting'); waited += TRY_MS) {
    await wait(TRY_MS, undefined, { signal: context.signal })
    status = await runningDaemon(context) ?? status
  }
  return status
}

/** Why the node does nothing, though it runs. */
async function standsInTheWay ({ out, settings }: Context, { warnings: [why = 'this device has stopped: petrel doctor'] }: NodeStatus): Promise<ExitCode> {
  await out.note(`! ${oneLine(forHome(why, homeFlags(settings)))}`)
  return EXIT.refused
}

/** How the daemon's process ended. */
type End = Awaited<DaemonProcess['ended']>

/** Waits for the daemon's first answer. @throws with the last words of one that ended, as what its exit code says */
async function ready (context: Context, daemon: DaemonProcess, output: string, home: string): Promise<NodeStatus> {
  let end: End | undefined
  void daemon.ended.then(how => { end = how })
  try {
    for (let waits = 0; ; waits++) {
      const status = await runningDaemon(context)
      if (status !== undefined) return status
      // Another start of the same home was quicker, and its node does not answer yet.
      const holder = end?.code === EXIT.failure ? await (await context.doors.node()).homeHolder(home) : undefined
      if (end !== undefined && holder === undefined) throw await notStarted(end, output)
      if (holder !== undefined && waits === SAY_TRIES) await context.out.note(`Process ${holder} has this home, and does not answer here yet. Ctrl-C ends the wait.`)
      await Promise.race([...holder === undefined ? [daemon.ended] : [], wait(TRY_MS, undefined, { signal: context.signal })])
    }
  } catch (error) {
    // It never will where a program runs the node for itself: who has the home stands in the words.
    throw end !== undefined && isOutOfTime(context.signal) ? await notStarted(end, output) : error
  }
}

async function notStarted (end: End, output: string): Promise<Error> {
  return new (CAUSES.get(end.code) ?? UnavailableError)(`the daemon did not start (${end.words}):\n${await tail(output)}`)
}

/** The last of what it printed. */
async function tail (path: string): Promise<string> {
  const file = await open(path)
  try {
    const { size } = await file.stat()
    const { buffer, bytesRead } = await file.read(new Uint8Array(TAIL_BYTES), 0, TAIL_BYTES, Math.max(0, size - TAIL_BYTES))
    return Buffer.from(buffer.subarray(0, bytesRead)).toString('utf8').trim()
  } finally {
    await file.close()
  }
}
