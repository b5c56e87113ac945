/** Where the relay is that a command is about. */
import type { Context } from '../context.js'
import type { Input } from '../input.js'
import { absolute } from '../settings.js'

/** `--dir`, else PETREL_RELAY_DIR, else the relay of this home. */
export async function relayDirectory (context: Context, input: Input): Promise<string> {
  const given = input.text('dir') ?? context.io.env.PETREL_RELAY_DIR
  return given === undefined || given === '' ? (await context.paths()).relay : absolute(given, context.io)
}
