/** `petrel contacts …`. */
import { LIMITS, type Contact, type Petrel } from '../../protocol/api/index.js'
import type { Context } from '../context.js'
import { EXIT } from '../exit-codes.js'
import { badInput } from '../failure.js'
import type { Handler } from '../command.js'
import type { Input } from '../input.js'
import { shortAccount } from '../terminal/people.js'
import { oneLine } from '../terminal/safe-text.js'
import { table } from '../terminal/table.js'
import { day } from '../terminal/time.js'

const COLUMNS = [{ title: 'NAME', flexible: true }, { title: 'ACCOUNT' }, { title: 'CALLS THEMSELVES', flexible: true }, { title: 'SINCE' }, { title: '', flexible: true }]

/** A PeerId of an Ed25519 key, which the node checks. */
const ACCOUNT = /^12D3Koo[1-9A-HJ-NP-Za-km-z]{45}$/

function marks (contact: Contact): string {
  return [contact.verified ? 'verified' : '', contact.blocked ? 'blocked' : '', contact.alarm === null ? '' : `! ${contact.alarm}`, contact.notice ?? ''].filter(mark => mark !== '').join(', ')
}

/** One contact as a command's result. */
export async function showContact ({ out, settings }: Context, contact: Contact, did: string): Promise<number> {
  await out.result({ contact }, () => [`${did} ${oneLine(contact.name)} (${shortAccount(contact.account, settings.columns)})`])
  return EXIT.ok
}

/** What the person calls somebody, if they said so. @throws BadInputError for nothing between quotes */
export function aliasOf (input: Input): string | undefined {
  const alias = input.maybe('alias')
  if (alias === '') throw badInput('ALIAS is empty: leave it out to go by what they call themselves')
  return alias
}

async function change (context: Context, did: string, use: (petrel: Petrel) => Promise<Contact>): Promise<number> {
  return await showContact(context, await context.withPetrel(use), did)
}

/** Lists contacts. */
export const list: Handler = async ({ out, propose, settings, signal, withPetrel }) => {
  const contacts = await withPetrel(async petrel => await petrel.listContacts({ signal }))
  const rows = contacts.map(c => [c.name, shortAccount(c.account, settings.columns), c.selfName ?? '', day(c.addedAt), marks(c)])
  await out.result({ contacts }, () => rows.length === 0 ? [] : table(COLUMNS, rows, settings.columns))
  if (contacts.length === 0) await out.note(`No contacts. Add one with: ${propose("contacts add 'LINK'")}`)
  return undefined
}

/** Adds somebody by link, or by the account's id alone. */
export const add: Handler = async (context, input) => {
  const [given, alias] = [input.argument('link'), aliasOf(input)]
  const link = given === '-' ? Buffer.from(await context.readInput(LIMITS.linkBytes + 2)).toString('utf8').trim() : given
  if (!link.startsWith('petrel:') && !ACCOUNT.test(link)) throw badInput('that is no link: it starts with petrel: and is typed in quotes, since a shell reads & and ? as its own; an account\'s id is taken too')
  const code = await change(context, 'added', async petrel => await petrel.addContact(link, { signal: context.signal, ...(alias === undefined ? {} : { alias }) }))
  if (!/[?&]invite=/.test(link)) await context.out.note(withoutInvite(link))
  return code
}

/** What to expect of a link without an invite, which may have had one. */
function withoutInvite (link: string): string {
  if (!link.includes('?') || link.includes('&')) return 'Unless they know you already, they get a request, and their name comes when they accept it.'
  return 'The link has no invite: was it cut at its first &, which a shell reads as its own? Then add the whole of it too, in quotes. Unless they know you already, they get a request.'
}

/** Sets or removes the alias. */
export const rename: Handler = async (context, input) => {
  const alias = aliasOf(input) ?? null
  return await change(context, 'now called', async petrel => await petrel.renameContact(input.argument('contact'), alias, { signal: context.signal }))
}

/** Blocks a contact. */
export const block: Handler = async (context, input) =>
  await change(context, 'blocked', async petrel => await petrel.blockContact(input.argument('contact'), true, { signal: context.signal }))

/** Ends a block. */
export const unblock: Handler = async (context, input) =>
  await change(context, 'unblocked', async petrel => await petrel.blockContact(input.argument('contact'), false, { signal: context.signal }))
