/** `petrel daemon run`: the node, in this process. */
import type { HomePaths } from '../../node/client/index.js'
import type { Context } from '../context.js'
import type { NodeDoor } from '../doors.js'
import type { Input } from '../input.js'
import type { Handler } from '../command.js'
import { configText, environmentFor } from '../../node/client/index.js'
import { logOf } from './log-option.js'
import { unlockFor } from './unlock.js'

type Config = ReturnType<NodeDoor['readConfig']>

/** The settings: the file, then the environment, then the flags. */
async function configOf ({ io, settings }: Context, input: Input, node: NodeDoor, paths: HomePaths): Promise<Config> {
  const file = await configText(paths.config)
  const [listen, circuits] = [input.texts('listen'), input.texts('circuit')]
  return node.readConfig({
    ...(file === undefined ? {} : { file }),
    path: paths.config,
    env: environmentFor(io.env, settings),
    flags: { log_level: input.text('log-level'), ...(input.flag('lan') ? { lan: true } : {}), ...(circuits.length === 0 ? {} : { circuits }), ...(listen.length === 0 ? {} : { listen }) }
  })
}

/** Runs the node until a signal or `daemon stop` ends it. */
export const runNode: Handler = async (context, input) => {
  const { doors, io, out } = context
  const [node, paths] = [await doors.node(), await context.paths()]
  const { config, warnings } = await configOf(context, input, node, paths)
  for (const warning of warnings) await out.note(warning)
  const unlock = await unlockFor(context, input, node, paths.home, config)
  const sink = logOf(context, input, config.log_level)
  try {
    sink.log('info', 'daemon.starting', { pid: process.pid })
    await node.runDaemon({
      paths,
      unlock,
      ...(config.lan && config.listen.length === 0 ? {} : { listen: config.listen }),
      lan: config.lan && { circuits: config.circuits },
      mirrors: config.mirrors,
      presence: config.presence,
      files: { cacheBytes: config.media_cache, autoBytes: config.media_auto },
      log: sink.log,
      stop: io.signal,
      onReady: ready => {
        sink.log('info', 'daemon.ready', { pid: ready.pid })
        out.result({ ready }, () => [`ready: ${ready.account}, socket ${ready.socket}`]).catch(() => undefined)
      }
    })
    sink.log('info', 'daemon.stopped', {})
  } catch (error) {
    sink.log('error', 'daemon.failed', { code: error instanceof Error && 'code' in error ? String(error.code) : 'ERR_INTERNAL' })
    throw error
  } finally {
    sink.close()
  }
  return undefined
}
