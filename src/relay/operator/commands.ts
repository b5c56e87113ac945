/** The operator's commands by name, on a running relay or a closed one. Arguments come over a socket: each is checked. */
import {
  BadInputError, base32Text, cidFromText, cidText, fromBase32Text, LIMITS, LOG_ID_LENGTH, NotRunningError, peerIdText, ROLE, UnsupportedError,
  type Cid, type LogId
} from '../../protocol/wire/index.js'
import type { Administered } from './administered.js'
import { copyRelay } from './copies.js'
import { examine } from './doctor.js'
import type { CopyReport, DoctorReport, NewToken, ReportInfo, SessionInfo, TakedownInfo, TokenInfo } from './types.js'
import type { RelayStatus } from '../status.js'

/** What each command takes and gives. */
export interface Commands {
  'status': { args: object, result: RelayStatus }
  'sessions': { args: object, result: SessionInfo[] }
  'token.create': { args: { uses?: number, expiresAt?: number, label?: string }, result: NewToken }
  'token.list': { args: object, result: TokenInfo[] }
  'token.revoke': { args: { id: string }, result: TokenInfo }
  'takedown': { args: { log: string, reason: string }, result: TakedownInfo }
  'takedown.lift': { args: { log: string }, result: null }
  'takedown.list': { args: object, result: TakedownInfo[] }
  'report.list': { args: object, result: ReportInfo[] }
  'report.drop': { args: { id: string }, result: null }
  'drain': { args: { to: readonly string[], stop: boolean }, result: RelayStatus }
  'drain.undo': { args: object, result: RelayStatus }
  'backup': { args: { target: string }, result: CopyReport }
  'doctor': { args: object, result: DoctorReport }
}

type Run = (relay: Administered, args: Readonly<Record<string, unknown>>, signal?: AbortSignal) => Promise<unknown>

const COMMANDS: { readonly [name in keyof Commands]: Run } = {
  'status': async relay => await running(relay).status(),
  'sessions': openSessions,
  'token.create': ({ tokens }, { uses, expiresAt, label }) => tokens.create({ ...number('uses', uses), ...number('expiresAt', expiresAt), ...label === undefined ? {} : { label: text('label', label) } }),
  'token.list': ({ tokens }) => tokens.list(),
  'token.revoke': ({ tokens }, { id }) => tokens.revoke(text('id', id)),
  'takedown': takeDown,
  'takedown.lift': async ({ takedowns, blobs }, { log }) => {
    const file = fileId(log)
    await (file === undefined ? takedowns.lift(logId(log)) : blobs.lift(file))
    return null
  },
  'takedown.list': async ({ takedowns, blobs }) => [...await takedowns.list(), ...(await blobs.listDown()).map(fileDown)],
  'report.list': listReports,
  'report.drop': async ({ reports }, { id }) => { await reports.drop(text('id', id)); return null },
  'drain': async (relay, { to, stop }) => {
    const { drain, status } = running(relay)
    drain.begin(addresses(to), stop === true)
    return await status()
  },
  'drain.undo': async relay => {
    const { drain, status } = running(relay)
    drain.undo()
    return await status()
  },
  'backup': async ({ directory, store }, { target }, signal) => {
    const { backup } = store
    if (backup === undefined) throw new UnsupportedError('this kind of store cannot be copied')
    return await copyRelay(directory, text('target', target), to => backup(to, signal === undefined ? {} : { signal }), signal)
  },
  'doctor': (relay, _args, signal) => examine(relay, signal)
}

/** Carries out a command. @throws BadInputError for one that does not exist or an argument that cannot be right; the command's own errors */
export async function runCommand (relay: Administered, command: string, args: unknown, signal?: AbortSignal): Promise<unknown> {
  if (!Object.hasOwn(COMMANDS, command)) throw new BadInputError(`there is no command ${command.slice(0, 40)}`)
  const map = typeof args === 'object' && args !== null ? { ...args } : {}
  return await COMMANDS[command as keyof Commands](relay, map, signal)
}

/** Enough of a PeerId to tell two apart, and too little to look one up. */
const SHOWN = 12

async function openSessions ({ directory, sessions }: Administered): Promise<SessionInfo[]> {
  if (sessions === undefined) throw new NotRunningError(`no relay runs on ${directory}`)
  return await Promise.resolve([...sessions.live()].flatMap(({ device, session }) => session === undefined ? [] : [{
    account: peerIdText(session.account).slice(0, SHOWN), device: peerIdText(device).slice(0, SHOWN), role: session.role === ROLE.hosted ? 'hosted' as const : 'guest' as const,
    opened: session.opened, expires: session.expires
  }]))
}

async function listReports ({ reports }: Administered): Promise<ReportInfo[]> {
  return (await reports.list()).map(({ id, time, log, seq, note, message }) => ({ id, time, log: base32Text(log), seq, note, message: Buffer.from(message).toString('base64') }))
}

/** @throws NotRunningError */
function running ({ directory, status, drain }: Administered): Required<Pick<Administered, 'status' | 'drain'>> {
  if (status === undefined || drain === undefined) throw new NotRunningError(`no relay runs on ${directory}: start it with petrel relay run`)
  return { status, drain }
}

function addresses (value: unknown): string[] {
  if (!Array.isArray(value) || value.length > LIMITS.movedRelays) throw new BadInputError(`to is a list of at most ${LIMITS.movedRelays} addresses`)
  return value.map(one => {
    const address = text('an address', one)
    if (!/^\/[!-~]*$/.test(address) || address.length > LIMITS.addressBytes) throw new BadInputError(`"${address.slice(0, 120)}" is not a multiaddr, for example /ip4/192.0.2.1/tcp/4001`)
    return address
  })
}

function text (name: string, value: unknown): string {
  if (typeof value !== 'string' || value.length > LIMITS.adminLineBytes) throw new BadInputError(`${name} must be a text`)
  return value
}

function number<const N extends string> (name: N, value: unknown): { [name in N]?: number } {
  if (value === undefined) return {}
  if (typeof value !== 'number') throw new BadInputError(`${name} must be a number`)
  return { [name]: value } as { [name in N]?: number }
}

/** Takes down a log, or a file by its CID: which one it is, its length says. */
async function takeDown ({ takedowns, blobs }: Administered, { log, reason }: Readonly<Record<string, unknown>>): Promise<TakedownInfo> {
  const file = fileId(log)
  return file === undefined ? await takedowns.takeDown(logId(log), text('reason', reason)) : fileDown(await blobs.takeDown(file, text('reason', reason)))
}

function fileDown ({ root, reason, time }: { root: Cid, reason: string, time: number }): TakedownInfo { return { file: cidText(root), reason, time } }

/** The CID in an argument; undefined when it is none. */
function fileId (value: unknown): Cid | undefined {
  try {
    return cidFromText(text('log', value))
  } catch (error) {
    if (error instanceof BadInputError) return undefined
    throw error
  }
}

function logId (value: unknown): LogId { return fromBase32Text(text('log', value), LOG_ID_LENGTH) }
