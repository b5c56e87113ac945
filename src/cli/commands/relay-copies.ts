/** `petrel relay backup` and `restore`. */
import type { Handler } from '../command.js'
import { absolute } from '../settings.js'
import { oneLine } from '../terminal/safe-text.js'
import { relayDirectory } from './relay-directory.js'

/** Copies the relay. */
export const backup: Handler = async (context, input) => {
  const { doors, io, out, signal } = context
  const { operator } = await doors.relay()
  const copy = await operator.backup(await relayDirectory(context, input), absolute(input.argument('target'), io), { signal })
  await out.result({ backup: copy }, () => [`copied ${copy.records} records to ${oneLine(copy.directory)}; it holds the relay's key: keep it as safe as the relay`])
  return undefined
}

/** Makes a relay's directory from a backup. */
export const restore: Handler = async (context, input) => {
  const { doors, io, out, signal } = context
  const { operator } = await doors.relay()
  const copy = await operator.restore(absolute(input.argument('backup'), io), await relayDirectory(context, input), { signal })
  await out.result({ restored: copy }, () => [`restored ${copy.records} records to ${oneLine(copy.directory)}`])
  return undefined
}
