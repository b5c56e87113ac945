/** `--log-file` and `--log-level` of what runs for long. */
import type { Context } from '../context.js'
import type { Input } from '../input.js'
import { logTo, logToFile, type Level, type LogSink } from '../log-file.js'
import { absolute } from '../settings.js'

/** Where the log goes: the file, else stderr. */
export function logOf ({ io, settings }: Context, input: Input, configured: Level): LogSink {
  const level = (input.text('log-level') ?? configured) as Level
  const options = { level, now: io.now }
  const file = input.text('log-file')
  if (file !== undefined) return logToFile(absolute(file, io), options)
  if (settings.quiet) return { log: () => undefined, close: () => undefined }
  // A stderr that was closed must not end what runs.
  return { log: logTo(line => { io.writeError(line).catch(() => undefined) }, options), close: () => undefined }
}
