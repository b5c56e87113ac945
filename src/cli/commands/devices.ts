/** `petrel devices …`. */
import { hostname } from 'node:os'
import { DeadlineError, ExistsError, LIMITS, type DeviceInfo, type Petrel } from '../../protocol/api/index.js'
import type { Context } from '../context.js'
import type { Handler } from '../command.js'
import { EXIT } from '../exit-codes.js'
import { badInput, isOutOfTime } from '../failure.js'
import { homeIsThere, shellWord } from '../home.js'
import { ask } from '../terminal/ask.js'
import { shortAccount } from '../terminal/people.js'
import { qrLines } from '../terminal/qr.js'
import { oneLine } from '../terminal/safe-text.js'
import { facts, table } from '../terminal/table.js'
import { day, shortTime } from '../terminal/time.js'
import { wrap } from '../terminal/width.js'
import { unlockFor, unlockFromFlags } from './unlock.js'

const COLUMNS = [{ title: 'NAME', flexible: true }, { title: 'DEVICE' }, { title: 'SINCE' }, { title: 'LAST SEEN', flexible: true }]
const WAYS: Readonly<Record<string, string>> = { here: 'the relay\'s machine', local: 'a local network', internet: 'the internet', relayed: 'another relay' }

function seen (device: DeviceInfo, now: Date): string {
  const way = device.way === null ? '' : ` from ${WAYS[device.way] ?? device.way}`
  if (device.revoked) return device.pending === null ? 'revoked' : `revoked; to come: ${oneLine(device.pending)}`
  if (device.current) return `this one${device.online ? `, online${way}` : ''}`
  if (device.online) return `online${way}`
  return device.lastSeen === null ? 'not known' : `${shortTime(device.lastSeen, now)}${way}`
}

/** Lists the devices. */
export const list: Handler = async ({ io, out, settings, signal, withPetrel }) => {
  const devices = await withPetrel(async petrel => await petrel.listDevices({ signal }))
  const rows = devices.map(d => [d.name, shortAccount(d.device, settings.columns), d.since === null ? '' : day(d.since), seen(d, io.now())])
  await out.result({ devices }, () => table(COLUMNS, rows, settings.columns))
  return undefined
}

/** Words as a person types or reads them: case, blanks and commas do not matter. */
const plain = (words: string): string => words.toLowerCase().split(/[\s,]+/u).filter(word => word !== '').join(' ')

/** More than four words ever take. */
const WORDS_BYTES = 1024

/** Whether the words on the other device are these: from the command line, from stdin (`-`, read only once they were shown), or asked. */
async function matches ({ io, readInput, signal }: Context, given: string | undefined, words: readonly string[]): Promise<boolean> {
  if (given === '-') return plain(Buffer.from(await readInput(WORDS_BYTES, '\n')).toString('utf8').trim()) === words.join(' ')
  if (given !== undefined) return plain(given) === words.join(' ')
  if (!io.interactive) throw badInput('nobody can be asked whether the words are the same: give them with --words, or to stdin with --words -')
  return ['y', 'yes'].includes((await ask('Does the other device show the same words? yes or no', 'no', signal)).toLowerCase())
}

/** Who is met, and the words to compare: a line of its own before the result. */
async function showWords ({ out, settings }: Context, meeting: { readonly name: string, readonly words: readonly string[] }, title: string): Promise<void> {
  await out.result({ meeting: { name: meeting.name, words: meeting.words } }, () => [...wrap(title, settings.columns ?? 80), '', `    ${meeting.words.join('  ')}`, ''])
}

/** Makes this home a new device of an account. */
export const link: Handler = async (context, input) => {
  const { doors, out, propose, settings, signal } = context
  const paths = await context.paths()
  const given = input.text('words')
  const node = await doors.node()
  // One that was restored from a backup is let in where it lies.
  const isThere = await homeIsThere(paths.home)
  const unlock = isThere ? await unlockFor(context, input, node, paths.home, { keyfile: '', credential: 'petrel' }) : await unlockFromFlags(context, input) ?? { kind: 'keyfile' as const }
  const linked = await node.linkHome({
    dir: paths.home, unlock, name: input.text('name') ?? hostname(), relays: input.texts('relay').map(address => address.trim()), signal,
    onLink: text => { void showLink(context, text) },
    confirm: async ({ accountName, deviceName, words }) => {
      await showWords(context, { name: deviceName, words }, `${oneLine(deviceName)}, a device of ${oneLine(accountName)}, wants to take this one in. It shows the same words if nobody is in between:`)
      const same = await matches(context, given, words)
      if (same) await out.note('Say yes on the other device too.')
      return same
    }
  }).catch((error: unknown) => {
    if (!isThere || !(error instanceof ExistsError)) throw error
    throw new ExistsError(`there is an identity in ${paths.home} already: a device of another account, or another device, needs a home of its own (--profile NAME); nothing was changed`, { cause: error })
  })
  const [account, device] = [await doors.peerIdText(linked.account), await doors.peerIdText(linked.device)]
  await out.result({ linked: { home: paths.home, account, device, name: linked.accountName } }, () => facts([['account', `${oneLine(linked.accountName)}, ${shortAccount(account, settings.columns)}`], ['device', device], ['home', paths.home]]))
  await out.note(`This is a device of ${oneLine(linked.accountName)} now. Next: ${propose('daemon start')}, then ${propose('chats list')}`)
  return undefined
}

/** The link is no result: with --json it is a line of its own, before the result. */
async function showLink (context: Context, text: string): Promise<void> {
  const { out, settings } = context
  await out.result({ link: text }, async () => [...await qrLines(text, settings.color, settings.columns), oneLine(text)])
  await out.note('On a device that you have, type: petrel devices approve \'LINK\' (in quotes). Show the link to nobody else.')
}

/** Lets a new device in. */
export const approve: Handler = async (context, input) => {
  const { out, propose, readInput, signal, withPetrel } = context
  const given = input.argument('link')
  if (given === '-' && input.text('words') === '-') throw badInput('stdin gives the link or the words, not both')
  const text = given === '-' ? Buffer.from(await readInput(LIMITS.linkBytes + 2)).toString('utf8').trim() : given
  if (!text.startsWith('petrel:link')) throw badInput('that is no device\'s link: it starts with petrel:link and is typed in quotes, since a shell reads & and ? as its own')
  let late = 'the new device was not met in time, and nothing was changed: is it still waiting, and is this link the one that it shows now?'
  return await withPetrel(async petrel => {
    const meeting = await petrel.approveDevice(text, { signal })
    late = 'nobody said in time whether the words are the same, and nothing was changed: begin again on the new device'
    await showWords(context, meeting, `${oneLine(meeting.name)} wants to be a device of your account: it will read and write everything. It shows the same words if nobody is in between:`)
    let same: boolean
    try {
      same = await matches(context, input.text('words'), meeting.words)
      if (same) await out.note('Say yes on the new device too.')
    } catch (error) {
      await petrel.confirmDevice(meeting.id, false).catch(() => undefined)
      throw error
    }
    if (same) late = `the new device did not say yes in time, or has not said that it has all: ${propose('devices list')} tells whether it is in. One that is, and never came to be, goes by ${propose('devices revoke')}`
    const device = await petrel.confirmDevice(meeting.id, same, { signal })
    await out.result({ device }, () => [device === null ? 'Not let in: nothing was changed.' : `${oneLine(device.name)} is a device of your account now.`])
    if (device !== null) await out.note(`If that was a mistake: ${propose(`devices revoke ${shellWord(device.device.slice(-8))}`)}`)
    return device === null ? EXIT.failure : EXIT.ok
  }).catch((error: unknown) => { throw isOutOfTime(signal) ? new DeadlineError(late, { cause: error }) : error })
}

/** Calls a device something else. */
export const rename: Handler = async (context, input) => await one(context, 'now called', async petrel => await petrel.renameDevice(input.argument('device'), input.argument('name'), { signal: context.signal }))

/** Ends a device's place in the account. */
export const revoke: Handler = async (context, input) => {
  const code = await one(context, 'revoked', async petrel => await petrel.revokeDevice(input.argument('device'), { signal: context.signal }))
  await context.out.note('Chats get new keys by themselves, each before its next message.')
  return code
}

async function one ({ out, settings, withPetrel }: Context, did: string, use: (petrel: Petrel) => Promise<DeviceInfo>): Promise<number> {
  const device = await withPetrel(use)
  await out.result({ device }, () => [`${did} ${oneLine(device.name)} (${shortAccount(device.device, settings.columns)})`])
  return EXIT.ok
}
