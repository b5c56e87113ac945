/**
 * The door of `relay/operator`: what `petrel relay …` does. Each function takes the relay's directory. Those
 * that can, work on a running relay through its admin socket, else on the closed store itself.
 */
import { resolve } from 'node:path'
import { NotRunningError } from '../../protocol/wire/index.js'
import type { RelayStatus } from '../status.js'
import { askRelay } from './client.js'
import { withClosedRelay } from './closed-relay.js'
import { runCommand, type Commands } from './commands.js'
import { restoreRelay } from './copies.js'
import type { CopyReport, DoctorReport, NewToken, OperatorCall, ReportInfo, SessionInfo, TakedownInfo, TokenInfo, TokenOptions } from './types.js'

export type * from './types.js'
export { serveAdmin, type AdminServer } from './server.js'
export { runCommand }

/** What a running relay says of itself. @throws NotRunningError */
export function status (directory: string, options: OperatorCall = {}): Promise<RelayStatus> { return running(directory, 'status', {}, options) }

/**
 * Empties a running relay of connections: it takes nobody, and sends those who are here away, to `to` if anywhere (addresses
 * of this relay's next process, or of others). Returns at once: its status says how far it is. With `stop` it ends when it is empty.
 *
 * @throws NotRunningError, BadInputError
 */
export function drain (directory: string, how: { to?: readonly string[], stop?: boolean } = {}, options: OperatorCall = {}): Promise<RelayStatus> {
  return running(directory, 'drain', { to: how.to ?? [], stop: how.stop ?? false }, options)
}

/** Ends that: the relay takes people again. @throws NotRunningError */
export function undoDrain (directory: string, options: OperatorCall = {}): Promise<RelayStatus> { return running(directory, 'drain.undo', {}, options) }

/** The open sessions of a running relay. @throws NotRunningError */
export function sessions (directory: string, options: OperatorCall = {}): Promise<SessionInfo[]> { return running(directory, 'sessions', {}, options) }

/** Makes an admission token, also before the relay ran for the first time. @throws BadInputError, QuotaError */
export function createToken (directory: string, token: TokenOptions = {}, options: OperatorCall = {}): Promise<NewToken> {
  return either(directory, 'token.create', token, options, true)
}

/** Tokens that still admit somebody, oldest first. */
export function listTokens (directory: string, options: OperatorCall = {}): Promise<TokenInfo[]> { return either(directory, 'token.list', {}, options) }

/** Ends a token, named by its id or a unique start of it. @throws NotFoundError, AmbiguousError */
export function revokeToken (directory: string, id: string, options: OperatorCall = {}): Promise<TokenInfo> { return either(directory, 'token.revoke', { id }, options) }

/** Refuses reads and appends of a log (base32 text), or serves a file (its CID) no more, from now on. @throws NotFoundError, BadInputError */
export function takedown (directory: string, log: string, why: { reason: string }, options: OperatorCall = {}): Promise<TakedownInfo> {
  return either(directory, 'takedown', { log, reason: why.reason }, options)
}

/** Ends a takedown. @throws NotFoundError, BadInputError */
export async function liftTakedown (directory: string, log: string, options: OperatorCall = {}): Promise<void> { await either(directory, 'takedown.lift', { log }, options) }

/** Logs and files that are taken down. */
export function listTakedowns (directory: string, options: OperatorCall = {}): Promise<TakedownInfo[]> { return either(directory, 'takedown.list', {}, options) }

/** What people reported, oldest first. */
export function listReports (directory: string, options: OperatorCall = {}): Promise<ReportInfo[]> { return either(directory, 'report.list', {}, options) }

/** Forgets a report. @throws NotFoundError */
export async function dropReport (directory: string, id: string, options: OperatorCall = {}): Promise<void> { await either(directory, 'report.drop', { id }, options) }

/**
 * Copies the relay (store and identity) to a new or empty directory, also while it runs, and checks the copy. The copy
 * holds the relay's key: keep it as private.
 *
 * @throws ExistsError when there is something in `target`
 */
export function backup (directory: string, target: string, options: OperatorCall = {}): Promise<CopyReport> {
  return either(directory, 'backup', { target: resolve(target) }, options)
}

/**
 * Makes a relay's directory from a backup. What was appended after the backup is lost; the relay refuses appends to logs of which
 * people had seen more (RELAY.md).
 * Never run two relays made from one backup.
 *
 * @throws ExistsError when the directory is not empty; NotFoundError, CorruptError
 */
export function restore (from: string, directory: string, options: OperatorCall = {}): Promise<CopyReport> { return restoreRelay(from, directory, options.signal) }

/** Checks identity, store, chains, counters, disk and, when it runs, its addresses. Puts wrong counters right. */
export function doctor (directory: string, options: OperatorCall = {}): Promise<DoctorReport> { return either(directory, 'doctor', {}, options) }

async function running<C extends keyof Commands> (directory: string, command: C, args: Commands[C]['args'], { signal }: OperatorCall): Promise<Commands[C]['result']> {
  return await askRelay(directory, command, args, signal) as Commands[C]['result']
}

async function either<C extends keyof Commands> (directory: string, command: C, args: Commands[C]['args'], options: OperatorCall, create = false): Promise<Commands[C]['result']> {
  try {
    return await running(directory, command, args, options)
  } catch (error) {
    if (!(error instanceof NotRunningError)) throw error
  }
  return await withClosedRelay(directory, { create }, relay => runCommand(relay, command, args, options.signal)) as Commands[C]['result']
}
