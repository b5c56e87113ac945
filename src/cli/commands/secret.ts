/** `petrel secret …`. */
import { AmbiguousError, LIMITS, NotFoundError, ProofError, type Petrel, type SecretInfo, type SecretLine } from '../../protocol/api/index.js'
import type { Handler } from '../command.js'
import type { Context } from '../context.js'
import { badInput } from '../failure.js'
import { forHome, homeFlags } from '../home.js'
import { shortId } from '../terminal/people.js'
import { qrLines } from '../terminal/qr.js'
import { oneLine } from '../terminal/safe-text.js'
import { secretFacts, secretLines, stateText, timerSeconds, timerText } from '../terminal/secret.js'
import { showsLinks } from '../terminal/hyperlinks.js'
import { facts, table } from '../terminal/table.js'
import { filesOf } from './attach.js'
import { itemOf } from './media.js'
import { saveAll } from './media-get.js'
import { secretItems, sendSecretFiles } from './secret-files.js'
import { typedText } from './typed-text.js'

const COLUMNS = [{ title: 'ID' }, { title: 'WITH', flexible: true }, { title: 'NEW' }, { title: 'STATE', flexible: true }]
const GROUPS_PER_LINE = 4

async function told ({ out, settings }: Context, secret: SecretInfo): Promise<void> { await out.result({ secret }, () => [`${secret.id}  ${oneLine(secret.name)}: ${forHome(stateText(secret), homeFlags(settings))}`]) }

/** Begins one. */
export const start: Handler = async (context, input) => {
  const { out, signal, withPetrel } = context
  const timer = input.number('timer')
  const seconds = timer === undefined ? 0 : Math.round(timer / 1000)
  const secret = await withPetrel(async petrel => await petrel.startSecret(input.argument('contact'), { timer: seconds, signal }))
  await told(context, secret)
  // There it is another home, whose flags nobody knows here.
  await out.note(`${oneLine(secret.name)} accepts it with: petrel secret accept ${secret.id.slice(0, 6)}`)
  return undefined
}

/** Accepts one. */
export const accept: Handler = async (context, input) => {
  const { signal, withPetrel } = context
  await told(context, await withPetrel(async petrel => await petrel.acceptSecret(input.argument('secret'), { signal })))
  return undefined
}

/** Lists them. */
export const list: Handler = async ({ out, settings, signal, withPetrel, propose }, input) => {
  const all = await withPetrel(async petrel => await petrel.listSecrets({ signal }))
  const secrets = input.flag('all') ? all : all.filter(({ state }) => state !== 'closed')
  const rows = secrets.map(secret => [secret.id.slice(0, settings.columns === null ? undefined : 6), oneLine(secret.name), secret.unread === 0 ? '' : String(secret.unread), secret.alarm === null ? forHome(stateText(secret), homeFlags(settings)) : `! ${oneLine(secret.alarm)}`])
  await out.result({ secrets }, () => rows.length === 0 ? [] : table(COLUMNS, rows, settings.columns))
  if (rows.length === 0) await out.note(`No ${all.length === 0 ? '' : 'open '}secret chats. Begin one with: ${propose('secret start CONTACT')}`)
  return undefined
}

/** Shows what was said, and says that it was read. */
export const show: Handler = async (context, input) => {
  const { io, out, settings, signal, withPetrel } = context
  const name = input.argument('secret')
  const limit = input.number('limit') ?? 20
  if (limit < 1 || limit > LIMITS.apiPageItems) throw badInput(`--limit is 1 to ${LIMITS.apiPageItems}`)
  const { secret, lines } = await withPetrel(async petrel => {
    // By its id, so that all of it is about the same one.
    const { id } = await petrel.showSecret(name, { signal })
    const found = await petrel.secretLines(id, { limit, signal })
    if (!input.flag('peek')) await petrel.readSecret(id, { signal })
    return { secret: await petrel.showSecret(id, { signal }), lines: found.reverse() }
  })
  const view = { columns: settings.columns, now: io.now(), style: plain(context), name: secret.name }
  await out.result({ secret, lines }, () => [...facts(secretFacts(secret).map(([what, words]) => [what, forHome(words, homeFlags(settings))])), ...lines.flatMap(line => secretLines(line, view))])
  return undefined
}

/** Says something, with files or without. */
export const send: Handler = async (context, input) => {
  const { signal, withPetrel } = context
  const name = input.argument('secret')
  const files = filesOf(input)
  const [format, reply, given] = [input.text('format'), input.text('reply'), input.maybe('text')]
  if (files.paths.length === 0) for (const flag of ['as', 'keep-metadata'] as const) if (flag === 'as' ? input.text(flag) !== undefined : input.flag(flag)) throw badInput(`--${flag} is for files: give --attach FILE too`)
  if (given === undefined && files.paths.length === 0) throw badInput('there is no text to send: give TEXT, or --attach FILE')
  const text = given === undefined ? '' : await typedText(context, given)
  await shown(context, name, await withPetrel(async petrel => {
    const options = { signal, ...format === undefined ? {} : { format: format as 'markdown' | 'html' }, ...reply === undefined ? {} : { replyTo: await lineId(petrel, name, reply, signal) } }
    return files.paths.length === 0 ? await petrel.sendSecret(name, text, options) : await sendSecretFiles(context, petrel, { secret: name, text, options, files })
  }))
  return undefined
}

/** Saves the files of a message. */
export const save: Handler = async (context, input) => {
  const { signal, withPetrel } = context
  const name = input.argument('secret')
  const items = await withPetrel(async petrel => secretItems(petrel, name, await lineOf(petrel, name, input.argument('message'), signal), itemOf(input).item))
  return await saveAll(context, input, items)
}

/** Edits an own message. */
export const edit: Handler = async (context, input) => {
  const { signal, withPetrel } = context
  const name = input.argument('secret')
  const text = await typedText(context, input.argument('text'))
  const format = input.text('format')
  await shown(context, name, await withPetrel(async petrel => await petrel.editSecret(name, await lineId(petrel, name, input.argument('message'), signal), text, { signal, ...format === undefined ? {} : { format: format as 'markdown' | 'html' } })))
  return undefined
}

/** Erases messages, or what is left of a closed chat. */
export const remove: Handler = async ({ out, signal, withPetrel }, input) => {
  const name = input.argument('secret')
  if (input.rest('message').length === 0) {
    const { id, name: who } = await withPetrel(async petrel => {
      const secret = await petrel.showSecret(name, { signal })
      await petrel.forgetSecret(secret.id, { signal })
      return secret
    })
    await out.result({ deleted: [id] }, () => [`${id}  the secret chat with ${oneLine(who)} is erased`])
    return undefined
  }
  const deleted = await withPetrel(async petrel => {
    const ids: string[] = []
    for (const words of input.rest('message')) ids.push(await lineId(petrel, name, words, signal))
    await petrel.deleteSecret(name, ids, { signal })
    return ids
  })
  await out.result({ deleted }, () => deleted.map(id => `${id}  erased`))
  return undefined
}

/** Reacts. */
export const react: Handler = async (context, input) => {
  const { signal, withPetrel } = context
  const name = input.argument('secret')
  const emoji = input.rest('emoji')
  if (input.flag('none') === (emoji.length > 0)) throw badInput('give emoji, or --none to take your reactions back')
  await shown(context, name, await withPetrel(async petrel => await petrel.reactSecret(name, await lineId(petrel, name, input.argument('message'), signal), [...emoji], { signal })))
  return undefined
}

/** Sets the timer. */
export const timer: Handler = async (context, input) => {
  const { out, signal, withPetrel } = context
  const seconds = secondsOf(input.argument('duration'))
  const secret = await withPetrel(async petrel => await petrel.setSecretTimer(input.argument('secret'), seconds, { signal }))
  await out.result({ secret }, () => [`${oneLine(secret.name)}: timer ${timerText(secret.timer)}`])
  return undefined
}

/** Shows what is compared, or compares it with what the other's screen showed. */
export const verify: Handler = async ({ out, propose, settings, signal, withPetrel }, input) => {
  const name = input.argument('secret')
  const [confirm, unconfirm] = [input.flag('confirm'), input.flag('unconfirm')]
  if (confirm && unconfirm) throw badInput('--confirm and --unconfirm say opposite things: give one')
  const { secret, code } = await withPetrel(async petrel => ({
    secret: confirm || unconfirm ? await petrel.setSecretVerified(name, confirm, { signal }) : await petrel.showSecret(name, { signal }), code: await petrel.secretCode(name, { signal })
  }))
  const scanned = input.text('scanned')
  if (scanned !== undefined) {
    if (scanned.replace(/\D/g, '') !== code.digits.replaceAll(' ', '')) throw new ProofError('those are not the digits of this chat: scan them again, and if they still differ somebody sits between you: close the chat')
    await out.result({ secret, code, same: true }, () => [`the same digits: nobody sits between you and ${oneLine(secret.name)}`])
    return undefined
  }
  const groups = code.digits.split(' ')
  const drawn = input.flag('qr') ? await qrLines(code.digits.replaceAll(' ', ''), settings.color, settings.columns) : []
  await out.result({ secret, code }, () => [
    `${oneLine(secret.name)}, device ${oneLine(secret.device)}: ${secret.verified ? 'verified' : 'not verified'}`,
    ...Array.from({ length: Math.ceil(groups.length / GROUPS_PER_LINE) }, (_, i) => `  ${groups.slice(i * GROUPS_PER_LINE, (i + 1) * GROUPS_PER_LINE).map(oneLine).join(' ')}`),
    ...code.emoji.map(({ symbol, name: word }) => `  ${oneLine(symbol)} ${oneLine(word)}`), ...drawn
  ])
  if (!secret.verified) await out.note(`Compare digits or emoji with theirs. If they are the same: ${propose(`secret verify ${secret.id.slice(0, 6)} --confirm`)}. If they differ, somebody sits between you: close the chat.`)
  return undefined
}

/** Ends one. */
export const close: Handler = async (context, input) => {
  const { signal, withPetrel } = context
  const name = input.argument('secret')
  await told(context, await withPetrel(async petrel => {
    const { id } = await petrel.showSecret(name, { signal })
    await petrel.closeSecret(id, { signal })
    return await petrel.showSecret(id, { signal })
  }))
  return undefined
}

function plain ({ io, settings }: Context): { color: boolean, links: boolean, spoilers: boolean } { return { color: settings.color, links: showsLinks(io.env, settings), spoilers: false } }

async function shown (context: Context, name: string, line: SecretLine): Promise<void> {
  const { io, out, settings } = context
  await out.result({ line }, () => secretLines(line, { columns: settings.columns, now: io.now(), style: plain(context), name }))
}

/** The whole id of a message that a start of its id names. */
async function lineId (petrel: Petrel, secret: string, words: string, signal: AbortSignal): Promise<string> { return (await lineOf(petrel, secret, words, signal)).id }

/** The message that a start of its id names. */
async function lineOf (petrel: Petrel, secret: string, words: string, signal: AbortSignal): Promise<SecretLine & { id: string }> {
  const lines = await petrel.secretLines(secret, { limit: LIMITS.apiPageItems, signal })
  const found = lines.flatMap(line => line.id?.startsWith(words) === true ? [{ ...line, id: line.id }] : [])
  const [one] = found
  if (one === undefined || words === '') throw new NotFoundError(`none of the newest messages of this secret chat has an id that starts with "${words.slice(0, 40)}": see petrel secret show`)
  if (found.length > 1) throw new AmbiguousError(`"${words}" fits ${found.length} messages: give more of the id`, { details: { candidates: found.map(({ id }) => shortId(id, 40)) } })
  return one
}

function secondsOf (words: string): number {
  const seconds = timerSeconds(words)
  if (seconds === undefined) throw badInput(`a timer is 1s to 7d, or off, not "${words.slice(0, 40)}"`)
  return seconds
}
