/** `petrel relay token …`. */
import type { Handler } from '../command.js'
import { table } from '../terminal/table.js'
import { relative, shortTime } from '../terminal/time.js'
import { relayDirectory } from './relay-directory.js'

interface Times { readonly created: number, readonly expiresAt: number | null }

/** A token's times as dates. */
function dated <T extends Times> (token: T): Omit<T, keyof Times> & { created: Date, expiresAt: Date | null } {
  const { created, expiresAt, ...rest } = token
  return { ...rest, created: new Date(created), expiresAt: expiresAt === null ? null : new Date(expiresAt) }
}

/** Makes a token and shows it this once. */
export const create: Handler = async (context, input) => {
  const { doors, io, out, signal } = context
  const [uses, expires, label] = [input.number('uses'), input.number('expires'), input.text('label')]
  const { operator } = await doors.relay()
  const token = dated(await operator.createToken(await relayDirectory(context, input), {
    ...(uses === undefined ? {} : { uses }),
    ...(expires === undefined ? {} : { expiresAt: io.now().getTime() + expires }),
    ...(label === undefined ? {} : { label })
  }, { signal }))
  await out.result({ token }, () => [token.token])
  await out.note(`Shown this once. For its holder: petrel relays add ADDRESS --token TOKEN. End it with: petrel relay token revoke ${token.id}`)
  return undefined
}

/** Lists the tokens that still let somebody in. */
export const list: Handler = async (context, input) => {
  const { doors, io, out, settings, signal } = context
  const { operator } = await doors.relay()
  const tokens = (await operator.listTokens(await relayDirectory(context, input), { signal })).map(dated)
  const columns = [{ title: 'ID', whole: true }, { title: 'LABEL', flexible: true }, { title: 'USED' }, { title: 'MADE' }, { title: 'ENDS' }]
  const rows = tokens.map(t => [t.id, t.label, `${t.used} of ${t.uses}`, shortTime(t.created, io.now()), t.expiresAt === null ? 'never' : relative(t.expiresAt, io.now())])
  await out.result({ tokens }, () => rows.length === 0 ? [] : table(columns, rows, settings.columns))
  if (rows.length === 0) await out.note('No tokens.')
  return undefined
}

/** Ends a token. */
export const revoke: Handler = async (context, input) => {
  const { doors, out, signal } = context
  const { operator } = await doors.relay()
  const token = dated(await operator.revokeToken(await relayDirectory(context, input), input.argument('id'), { signal }))
  await out.result({ token }, () => [`revoked ${token.id}; accounts that it let in stay`])
  return undefined
}
