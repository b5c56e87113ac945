/** `petrel backup create`, `verify` and `restore`. */
import { readdir } from 'node:fs/promises'
import { ExistsError, type BackupOptions, type BackupPoint } from '../../protocol/api/index.js'
import type { Context } from '../context.js'
import type { Handler } from '../command.js'
import type { NodeDoor } from '../doors.js'
import { badInput, codeOf } from '../failure.js'
import { homeIsThere } from '../home.js'
import type { Input } from '../input.js'
import { absolute } from '../settings.js'
import { askSecret } from '../terminal/ask.js'
import { Meter, progressOf } from '../terminal/progress.js'
import { oneLine } from '../terminal/safe-text.js'
import { facts } from '../terminal/table.js'
import { bytesText, shortTime } from '../terminal/time.js'
import { readPassphrase, type Unlock } from './unlock.js'
import { wordsOf } from './words.js'

type BackupUnlock = Parameters<NodeDoor['verifyBackup']>[1]
type Verified = Awaited<ReturnType<NodeDoor['verifyBackup']>>
type Point = Parameters<Parameters<NodeDoor['saveBackup']>[0]['source']>[0]

/** A new backup's passphrase: from a file, or from the person, twice; undefined for none: the 24 words open it in any case, if the node has their card. */
async function newPassphrase (context: Context, input: Input): Promise<string | undefined> {
  const file = input.text('passphrase-file')
  if (file !== undefined) return await readPassphrase(file, context)
  if (!context.io.interactive) return undefined
  const passphrase = await askSecret('A passphrase for the backup (none: only the 24 words open it): ', context.signal)
  if (passphrase === '') return undefined
  if (await askSecret('The same again: ', context.signal) !== passphrase) throw badInput('these were two different passphrases: nothing was written')
  return passphrase
}

/** What opens a backup: a passphrase or the 24 words, from a file or from the person. @throws BadInputError when nobody can be asked */
async function unlockOf (context: Context, input: Input, { unlockOfWords }: NodeDoor): Promise<BackupUnlock> {
  const file = input.text('passphrase-file')
  if (file !== undefined && input.text('words-file') !== undefined) throw badInput('give one of --passphrase-file and --words-file')
  if (file !== undefined) return { kind: 'passphrase', passphrase: await readPassphrase(file, context) }
  if (input.text('words-file') === undefined) {
    if (!context.io.interactive) throw badInput('say what opens the backup: --passphrase-file FILE or --words-file FILE (- for stdin)')
    const passphrase = await askSecret('The backup\'s passphrase (none: it is opened with the 24 words): ', context.signal)
    if (passphrase !== '') return { kind: 'passphrase', passphrase }
  }
  return await unlockOfWords(await wordsOf(context, input))
}

/** Writes a backup of the running daemon's home. */
export const create: Handler = async (context, input) => {
  const { doors, io, out, signal } = context
  const path = absolute(input.argument('file'), io)
  const passphrase = await newPassphrase(context, input)
  const { saveBackup } = await doors.node()
  const progress = progressOf(context)
  let written = 0
  try {
    const saved = await context.withPetrel(async petrel => await saveBackup({
      path,
      force: input.flag('force'),
      source: point => petrel.backup({ ...passphrase === undefined ? {} : { passphrase }, media: input.flag('media'), signal, ...resumeOf(point) }),
      // How much it will be nobody knows.
      onBytes: bytes => { written += bytes; progress.show({ what: 'backup', bytes: written, total: written, rate: 0 }) }
    }))
    await progress.clear()
    await out.result({ backup: { path, ...saved } }, () => [`${path}  ${bytesText(saved.bytes)}`])
  } catch (error) {
    await progress.clear()
    if (signal.aborted || codeOf(error) === 'ERR_UNAVAILABLE') await out.note('What came stays in a hidden part beside its place: the same command goes on from there.')
    throw error
  }
  return undefined
}

function resumeOf (point: Point): Pick<BackupOptions, 'resume'> {
  if (point === undefined) return {}
  const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')
  const resume: BackupPoint = { head: text(point.head), chunk: text(point.chunk), index: point.index, tag: text(point.tag) }
  return { resume }
}

/** Reads a backup to its end. */
export const verify: Handler = async (context, input) => {
  const { doors, io, out, signal } = context
  const file = absolute(input.argument('file'), io)
  const node = await doors.node()
  const unlock = await unlockOf(context, input, node)
  const progress = progressOf(context)
  const found = await node.verifyBackup(file, unlock, { signal, onBytes: reader(progress) }).finally(async () => { await progress.clear() })
  const backup = shown(found)
  await out.result({ backup }, () => factsOf(backup, io.now()))
  return undefined
}

/** Makes a home from a backup. */
export const restore: Handler = async (context, input) => {
  const { doors, io, out, propose, signal } = context
  const paths = await context.paths()
  // Said before anything is asked; what makes the home looks again.
  if (await homeIsThere(paths.home)) throw new ExistsError(`there is an identity in ${paths.home} already; nothing was changed`)
  const homeUnlock = await homeUnlockOf(context, input)
  const file = absolute(input.argument('file'), io)
  const node = await doors.node()
  const unlock = await unlockOf(context, input, node)
  const progress = progressOf(context)
  const { device, ...found } = await node.restoreBackup({ file, unlock, dir: paths.home, homeUnlock, signal, onBytes: reader(progress) }).finally(async () => { await progress.clear() }).catch(async (error: unknown) => {
    if (signal.aborted && await isBegun(paths.home)) await out.note(`What came stays in a hidden directory in ${paths.home}: the same command goes on from there.`)
    throw error
  })
  const backup = shown(found)
  await out.result({ restored: { home: paths.home, device, ...backup } }, () => factsOf(backup, io.now(), [['device', device], ['home', paths.home]]))
  await out.note(`This is a new device, which the account has to let in before it can send: ${propose('devices link')} with another device, or ${propose('init --recover')} with the 24 words.`)
  return undefined
}

/** Whether something of a backup lies in a home that is not there yet. */
async function isBegun (home: string): Promise<boolean> { return (await readdir(home).catch(() => [])).some(name => name.startsWith('.restoring-')) }

/** What is to open the new home. @throws BadInputError for two things at once */
async function homeUnlockOf (context: Context, input: Input): Promise<Unlock> {
  const [passphrase, keyFile, credential] = [input.text('home-passphrase-file'), input.text('key-file'), input.text('credential')]
  if ([passphrase, keyFile, credential].filter(given => given !== undefined).length > 1) throw badInput('give one of --home-passphrase-file, --key-file and --credential')
  if (passphrase !== undefined) return { kind: 'passphrase', passphrase: await readPassphrase(passphrase, context) }
  if (credential !== undefined) return { kind: 'systemd', credential }
  return { kind: 'keyfile', ...keyFile === undefined ? {} : { path: absolute(keyFile, context.io) } }
}

function reader (progress: ReturnType<typeof progressOf>): (bytes: number, total: number) => void {
  let meter: Meter | undefined
  let last = 0
  return (bytes, total) => {
    meter ??= new Meter('backup: reading', total, performance.now())
    progress.show(meter.add(bytes - last, performance.now()))
    last = bytes
  }
}

function shown ({ account, name, time, records, blocks, media }: Verified): { account: string, name: string, at: Date, records: number, blocks: number, media: boolean } {
  return { account, name, at: new Date(time), records, blocks, media }
}

function factsOf ({ account, name, at, records, blocks, media }: ReturnType<typeof shown>, now: Date, more: ReadonlyArray<readonly [string, string]> = []): string[] {
  return facts([['name', oneLine(name)], ['account', account], ['made', shortTime(at, now)], ['holds', `${records} records${media ? `, ${blocks} pieces of files` : ', no files'}`], ...more])
}
