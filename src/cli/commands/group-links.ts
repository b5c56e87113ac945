/** `petrel group invite|links|revoke|join|requests|approve|decline`. */
import type { GroupLink, JoinResult } from '../../protocol/api/index.js'
import type { Context } from '../context.js'
import type { Handler } from '../command.js'
import { EXIT } from '../exit-codes.js'
import { shellWord } from '../home.js'
import type { Input } from '../input.js'
import { shortAccount } from '../terminal/people.js'
import { qrLines } from '../terminal/qr.js'
import { oneLine } from '../terminal/safe-text.js'
import { table } from '../terminal/table.js'
import { relative, shortTime } from '../terminal/time.js'

const LINK_COLUMNS = [{ title: 'ID', whole: true }, { title: 'NAME', flexible: true }, { title: 'USED' }, { title: 'ENDS' }, { title: 'ASKS' }]
const REQUEST_COLUMNS = [{ title: 'CALLS THEMSELVES', flexible: true }, { title: 'ACCOUNT' }, { title: 'WHEN' }]

const ending = ({ expiresAt }: GroupLink, now: Date): string => expiresAt === null ? 'never' : relative(expiresAt, now)
const uses = ({ used, uses: most }: GroupLink): string => most === null ? String(used) : `${used} of ${most}`

/** Makes a link. */
export const invite: Handler = async ({ io, out, propose, settings, signal, withPetrel }, input) => {
  const [expiresInMs, most, name] = [input.number('expires'), input.number('uses'), input.text('name')]
  const link = await withPetrel(async petrel => await petrel.createGroupLink(input.argument('chat'), {
    signal, ...expiresInMs === undefined ? {} : { expiresInMs }, ...most === undefined ? {} : { uses: most }, ...input.flag('approve') ? { approve: true } : {}, ...name === undefined ? {} : { name }
  }))
  await out.result({ link }, async () => [oneLine(link.link), ...input.flag('qr') ? await qrLines(link.link, settings.color, settings.columns) : []])
  const who = link.uses === null ? 'Whoever has this link' : link.uses === 1 ? 'One who has this link' : `${link.uses} who have this link`
  await out.note(`${who} can join${link.approve ? ' once you agree' : ''}; they type: petrel group join 'LINK' (in quotes). It ends: ${ending(link, io.now())}; sooner with: ${propose(`group revoke ${shellWord(input.argument('chat'))} ${link.id}`)}`)
  return undefined
}

/** Lists the links of a group. */
export const links: Handler = async ({ io, out, propose, settings, signal, withPetrel }, input) => {
  const found = await withPetrel(async petrel => await petrel.listGroupLinks(input.argument('chat'), { signal }))
  const now = io.now()
  await out.result({ links: found }, () => found.length === 0
    ? []
    : [...table(LINK_COLUMNS, found.map(l => [l.id, oneLine(l.name), uses(l), ending(l, now), l.approve ? 'yes' : 'no']), settings.columns), ...found.map(l => `${l.id}  ${oneLine(l.link)}`)])
  if (found.length === 0) await out.note(`No links of yours. Make one with: ${propose(`group invite ${shellWord(input.argument('chat'))}`)}`)
  return undefined
}

/** Ends a link. */
export const revoke: Handler = async ({ out, signal, withPetrel }, input) => {
  const link = input.argument('link')
  await withPetrel(async petrel => { await petrel.revokeGroupLink(input.argument('chat'), link, { signal }) })
  await out.result({ revoked: link }, () => [])
  await out.note('Revoked: nobody else can join by it.')
  return undefined
}

/** Asks to join. */
export const join: Handler = async ({ out, propose, signal, withPetrel }, input) => {
  const waitMs = input.number('answer-within')
  const result = await withPetrel(async petrel => await petrel.joinGroup(input.argument('link'), { signal, ...waitMs === undefined ? {} : { waitMs } }))
  await out.result({ result }, () => [joinWords(result)])
  if (result.chat !== null) await out.note(`Read it with: ${propose(`chats show ${result.chat.id.slice(0, 12)}`)}`)
  else if (result.state !== 'refused') await out.note('It goes on by itself; the same command says how far it is.')
  return result.state === 'refused' ? EXIT.refused : undefined
}

/** Lists who waits. */
export const requests: Handler = async ({ io, out, settings, signal, withPetrel }, input) => {
  const waiting = await withPetrel(async petrel => await petrel.listJoinRequests(input.argument('chat'), { signal }))
  const now = io.now()
  await out.result({ requests: waiting }, () => waiting.length === 0 ? [] : table(REQUEST_COLUMNS, waiting.map(r => [oneLine(r.name), shortAccount(r.account, settings.columns), shortTime(r.requestedAt, now)]), settings.columns))
  if (waiting.length === 0) await out.note('Nobody waits to join.')
  return undefined
}

/** Lets somebody in. */
export const approve: Handler = async (context, input) => await answer(context, input, true)
/** Does not. */
export const decline: Handler = async (context, input) => await answer(context, input, false)

async function answer ({ out, signal, withPetrel }: Context, input: Input, accept: boolean): Promise<undefined> {
  const who = input.argument('who')
  await withPetrel(async petrel => { await petrel.answerJoinRequest(input.argument('chat'), who, accept, { signal }) })
  await out.result(accept ? { approved: who } : { declined: who }, () => [`${oneLine(who)} ${accept ? 'is in' : 'is declined'}`])
  if (!accept) await out.note('By this link they cannot ask again; by another one they can.')
  return undefined
}

function joinWords ({ state, chat, reason }: JoinResult): string {
  switch (state) {
    case 'joined': return chat === null ? 'You are in' : `You are in ${oneLine(chat.title)}`
    case 'pending': return 'You are to be let in: it waits for an answer'
    case 'sent': return 'Asked: who made the link has not answered yet'
    case 'refused': return `Not let in: ${oneLine(reason ?? 'no reason was given')}`
    default: return 'Asked'
  }
}
