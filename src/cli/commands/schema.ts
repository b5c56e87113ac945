/** `petrel schema`. */
import { jsonSchemas } from '../../protocol/api/index.js'
import { badInput } from '../failure.js'
import { ERROR_SCHEMA, OUTPUT_SCHEMAS, type Schema } from '../schemas.js'
import type { Handler } from '../command.js'

/** The `$id` of a command's schema. */
const idOf = (command: string): string => `urn:petrel:schema:v1:cli:${command.replaceAll(' ', ':')}`

/** A schema with everything that it refers to. */
function whole (id: string, schema: Schema): Schema { return { $schema: 'https://json-schema.org/draft/2020-12/schema', $id: id, ...schema, $defs: { api: jsonSchemas() } } }

/** Prints a command's schema, or all of them. */
export const schema: Handler = async ({ io }, input) => {
  const command = input.rest('command').join(' ')
  if (command === '') {
    const defs = Object.entries(OUTPUT_SCHEMAS).map(([name, one]) => [name, { $id: idOf(name), ...one }])
    await io.write(`${JSON.stringify({ $schema: 'https://json-schema.org/draft/2020-12/schema', $id: idOf('all'), $defs: { ...Object.fromEntries(defs) as Record<string, Schema>, error: { $id: idOf('error'), ...ERROR_SCHEMA }, api: jsonSchemas() } }, null, 2)}\n`)
    return undefined
  }
  const found = OUTPUT_SCHEMAS[command]
  if (found === undefined) throw badInput(`no command "${command.slice(0, 80)}" prints JSON`)
  await io.write(`${JSON.stringify(whole(idOf(command), found), null, 2)}\n`)
  return undefined
}
