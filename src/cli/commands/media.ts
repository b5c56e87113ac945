/** `petrel media list`, `info`, `url` and `purge`. */
import { LIMITS, type ItemOptions, type MediaFile, type MediaItem, type MediaKind, type Petrel } from '../../protocol/api/index.js'
import type { Context } from '../context.js'
import { formatDuration } from '../duration.js'
import { badInput } from '../failure.js'
import type { Handler } from '../command.js'
import type { Input } from '../input.js'
import { shortId } from '../terminal/people.js'
import { facts, table } from '../terminal/table.js'
import { bytesText, shortTime } from '../terminal/time.js'
import { messageIdOf } from './message-id.js'

const COLUMNS = [{ title: 'MESSAGE' }, { title: 'WHEN' }, { title: 'FROM', flexible: true }, { title: 'KIND' }, { title: 'NAME', flexible: true }, { title: 'SIZE' }, { title: 'HERE' }]

/** The place in an album that was named, counted from 1 as people do. @throws BadInputError */
export function itemOf (input: Input): ItemOptions {
  const item = input.number('item')
  if (item === undefined) return {}
  if (item < 1 || item > LIMITS.albumItems) throw badInput(`--item is 1 to ${LIMITS.albumItems}, not ${item}`)
  return { item: item - 1 }
}

/** How much of a file is on this machine, and what moves. */
function hereText ({ size, state }: MediaFile): string {
  if (state === null) return ''
  const { transfer, here } = state
  if (transfer !== null && transfer.state !== 'done') {
    const percent = transfer.total === 0 ? 100 : Math.floor(transfer.bytes / transfer.total * 100)
    return `${transfer.direction} ${percent} %${transfer.state === 'running' ? '' : `, ${transfer.state}`}`
  }
  return here >= size ? 'yes' : here === 0 ? 'no' : `${Math.floor(here / size * 100)} %`
}

/** Lists files of all chats. */
export const listAll: Handler = async context => { await showPage(context, {}); return undefined }

/** Lists files. */
export const list: Handler = async (context, input) => {
  const [chat, as, limit, before] = [input.maybe('chat'), input.text('as') as MediaKind | undefined, input.number('limit'), input.text('before')]
  if (limit !== undefined && (limit < 1 || limit > LIMITS.apiPageItems)) throw badInput(`--limit is 1 to ${LIMITS.apiPageItems}, not ${limit}`)
  await showPage(context, {
    ...(chat === undefined ? {} : { chat }), ...(as === undefined ? {} : { as }), ...(limit === undefined ? {} : { limit }), ...(before === undefined ? {} : { before })
  })
  return undefined
}

async function showPage ({ io, out, settings, signal, withPetrel }: Context, which: Parameters<Petrel['listMedia']>[0]): Promise<void> {
  const { items, next } = await withPetrel(async petrel => await petrel.listMedia({ ...which, signal }))
  const rows = items.map(({ message, item, own, fromName, at, file }) => [
    `${shortId(message, settings.columns)}${item === 0 ? '' : ` -i ${item + 1}`}`, shortTime(at, io.now()), own ? 'me' : fromName, file.as, file.name ?? '', bytesText(file.size), hereText(file)
  ])
  await out.result({ items, next }, () => rows.length === 0 ? [] : table(COLUMNS, rows, settings.columns))
  if (items.length === 0) await out.note('No files.')
  if (next !== null) await out.note(`There is more: --before ${next}`)
}

/** The files of a message, or the one that --item names. */
export async function itemsOf ({ signal, withPetrel }: Context, input: Input): Promise<MediaItem[]> {
  const [chat, words, { item }] = [input.argument('chat'), input.argument('message'), itemOf(input)]
  return await withPetrel(async petrel => {
    const id = await messageIdOf(petrel, chat, words, { signal })
    const count = item === undefined ? (await petrel.getMessage(chat, id, { signal })).media.length : 1
    // Without a file in it, the node's own words say so.
    return await Promise.all(Array.from({ length: Math.max(1, count) }, async (_, i) => await petrel.mediaInfo(chat, id, { item: item ?? i, signal })))
  })
}

/** Shows what is known of files. */
export const info: Handler = async (context, input) => {
  const items = await itemsOf(context, input)
  await context.out.result({ items }, () => items.flatMap((one, i) => [...(i === 0 ? [] : ['']), ...factsOf(one, context.io.now())]))
  return undefined
}

function factsOf ({ message, item, own, fromName, at, file }: MediaItem, now: Date): string[] {
  const { width, height, duration, state } = file
  const optional = (title: string, value: string | null): (readonly [string, string])[] => value === null ? [] : [[title, value]]
  return facts([
    ['message', `${message}${item === 0 ? '' : `, file ${item + 1}`}`],
    ['from', `${own ? 'me' : fromName}, ${shortTime(at, now)}`],
    ['kind', file.as],
    ...optional('name', file.name),
    ...optional('type', file.type),
    ['size', `${bytesText(file.size)} (${file.size} bytes)`],
    ...optional('pixels', width === null || height === null ? null : `${width} × ${height}`),
    ...optional('duration', duration === null ? null : formatDuration(duration)),
    ['sha-256', file.sha256],
    ['file', file.id],
    ...optional('here', state === null ? null : hereText(file)),
    ...optional('relay', own && state !== null ? state.held ? 'has it' : 'does not have it yet' : null),
    ...optional('trouble', state?.transfer?.error?.message ?? null)
  ])
}

/** An address for a player. */
export const url: Handler = async ({ io, out, signal, withPetrel }, input) => {
  const [chat, words, item, expiresInMs] = [input.argument('chat'), input.argument('message'), itemOf(input), input.number('expires')]
  const made = await withPetrel(async petrel => await petrel.mediaUrl(chat, await messageIdOf(petrel, chat, words, { signal }), { ...item, signal, ...(expiresInMs === undefined ? {} : { expiresInMs }) }))
  await out.result(made, () => [made.url])
  await out.note(`good until ${shortTime(made.expiresAt, io.now())}, for whoever has it on this machine`)
  return undefined
}

/** Removes what others keep. */
export const purge: Handler = async ({ out, signal, withPetrel }, input) => {
  const [chat, words, item, unusedMs, all] = [input.maybe('chat'), input.maybe('message'), itemOf(input), input.number('unused'), input.flag('all')]
  if (chat === undefined && !all) throw badInput('say of which chat, or --all')
  if (chat !== undefined && all) throw badInput('a chat, or --all: not both')
  if (item.item !== undefined && words === undefined) throw badInput('--item is the file of a message: name the message too')
  const purged = await withPetrel(async petrel => await petrel.purgeMedia({
    ...item, signal, ...(chat === undefined ? {} : { chat }), ...(unusedMs === undefined ? {} : { unusedMs }),
    ...(chat === undefined || words === undefined ? {} : { message: await messageIdOf(petrel, chat, words, { signal }) })
  }))
  await out.result({ purged }, () => [purged.files === 0 ? 'nothing to remove' : `${purged.files} ${purged.files === 1 ? 'file' : 'files'}, ${bytesText(purged.bytes)}`])
  return undefined
}
