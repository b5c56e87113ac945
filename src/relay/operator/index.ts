/**
 * The door of `relay/operator`: what `petrel relay …` does. Each function takes the relay's directory. Those
 * that can, work on a running relay through its admin socket, else on the closed store itself.
 */
import { UnsupportedError } from '../../protocol/wire/index.js'
import type { RelayStatus } from '../status.js'
import type { CopyReport, DoctorReport, NewToken, OperatorCall, ReportInfo, SessionInfo, TakedownInfo, TokenInfo, TokenOptions } from './types.js'

export type * from './types.js'

const notYet = (): never => { throw new UnsupportedError('not built yet') }

/** What a running relay says of itself. @throws NotRunningError */
export async function status (_directory: string, _options: OperatorCall = {}): Promise<RelayStatus> { return notYet() }
/** The open sessions of a running relay. @throws NotRunningError */
export async function sessions (_directory: string, _options: OperatorCall = {}): Promise<SessionInfo[]> { return notYet() }
/** Makes an admission token. @throws BadInputError */
export async function createToken (_directory: string, _token: TokenOptions, _options: OperatorCall = {}): Promise<NewToken> { return notYet() }
/** Tokens that still admit somebody. */
export async function listTokens (_directory: string, _options: OperatorCall = {}): Promise<TokenInfo[]> { return notYet() }
/** Ends a token by its id or a unique start of it. @throws NotFoundError, AmbiguousError */
export async function revokeToken (_directory: string, _id: string, _options: OperatorCall = {}): Promise<TokenInfo> { return notYet() }
/** Refuses reads and appends of a log (base32 text). @throws NotFoundError, BadInputError */
export async function takedown (_directory: string, _log: string, _why: { reason: string }, _options: OperatorCall = {}): Promise<TakedownInfo> { return notYet() }
/** Ends a takedown. @throws NotFoundError, BadInputError */
export async function liftTakedown (_directory: string, _log: string, _options: OperatorCall = {}): Promise<void> { return notYet() }
/** Logs that are taken down. */
export async function listTakedowns (_directory: string, _options: OperatorCall = {}): Promise<TakedownInfo[]> { return notYet() }
/** What people reported, oldest first. */
export async function listReports (_directory: string, _options: OperatorCall = {}): Promise<ReportInfo[]> { return notYet() }
/** Forgets a report. @throws NotFoundError */
export async function dropReport (_directory: string, _id: string, _options: OperatorCall = {}): Promise<void> { return notYet() }
/** Copies the relay (store and identity) to an empty or new directory, also while it runs. @throws ExistsError */
export async function backup (_directory: string, _target: string, _options: OperatorCall = {}): Promise<CopyReport> { return notYet() }
/** Makes a relay's directory from a backup. @throws ExistsError when the directory is not empty */
export async function restore (_backup: string, _directory: string, _options: OperatorCall = {}): Promise<CopyReport> { return notYet() }
/** Checks store, chains, counters, identity, disk and, when it runs, its addresses. */
export async function doctor (_directory: string, _options: OperatorCall = {}): Promise<DoctorReport> { return notYet() }
