/** The methods of the local API that carry bytes: over HTTP or in gRPC's streams. What they take beside the bytes, and their scopes. */
import { LIMITS } from '../wire/limits.js'
import type { BackupPoint } from './keeping.js'
import type { AddedMedia, MediaDraft } from './media.js'
import { addedMedia, mediaDraft } from './media-values.js'
import { bool, integer, optional, params, text, type ObjectSpec, type Spec } from './spec.js'

/** What a token allows. Each includes the ones before it: read, send, admin. */
export type Scope = 'read' | 'send' | 'admin'
/** The methods that carry bytes. */
export type ByteMethodName = 'addMedia' | 'readMedia' | 'readSecretMedia' | 'backup'
/** The parameters of `readMedia`. */
export interface ReadMediaParams { chat: string, message: string, item?: number, start?: number, end?: number }
/** The parameters of `readSecretMedia`. */
export interface ReadSecretMediaParams extends Omit<ReadMediaParams, 'chat'> { secret: string }
/** The parameters of `backup`. */
export interface BackupParams { passphrase?: string, media?: boolean, resume?: BackupPoint }

/** So many bytes as base64. */
export const base64 = (bytes: number): Spec<string> => text(Math.ceil(bytes / 3) * 4)

const reference = text(LIMITS.nameBytes, 1)
const file = { message: reference, item: optional(integer(0, LIMITS.albumItems - 1)), start: optional(integer()), end: optional(integer()) }
const backupPoint = params<BackupPoint>({ head: base64(LIMITS.backupHeaderBytes), chunk: base64(LIMITS.backupPointBytes), index: integer(), tag: base64(16) })

interface ByteMethods {
  readonly addMedia: { readonly params: Spec<MediaDraft> & ObjectSpec, readonly result: Spec<AddedMedia> & ObjectSpec, readonly scope: Scope }
  readonly readMedia: { readonly params: Spec<ReadMediaParams> & ObjectSpec, readonly scope: Scope }
  readonly readSecretMedia: { readonly params: Spec<ReadSecretMediaParams> & ObjectSpec, readonly scope: Scope }
  readonly backup: { readonly params: Spec<BackupParams> & ObjectSpec, readonly scope: Scope }
}

/** What the methods that carry bytes take beside them, what `addMedia` gives, and their scopes. */
export const BYTE_METHODS: ByteMethods = {
  addMedia: { params: mediaDraft, result: addedMedia, scope: 'send' },
  readMedia: { params: params<ReadMediaParams>({ chat: reference, ...file }), scope: 'read' },
  readSecretMedia: { params: params<ReadSecretMediaParams>({ secret: reference, ...file }), scope: 'read' },
  backup: { params: params<BackupParams>({ passphrase: optional(text(LIMITS.passphraseBytes, 1)), media: optional(bool), resume: optional(backupPoint) }), scope: 'admin' }
}
