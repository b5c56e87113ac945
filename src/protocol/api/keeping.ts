/** What one keeps outside of the node, as the local API gives it. */
import type { CallOptions } from './call-options.js'

/** Where a backup was cut off, for who goes on with it: what stands in its file, all base64. */
export interface BackupPoint {
  /** The file's head. */
  head: string
  /** The last whole chunk of at most 4096 bytes, without the length before it. */
  chunk: string
  /** Its number, from 0. */
  index: number
  /** The last 16 bytes of the chunk before it; empty for the first. */
  tag: string
}

/** How to make a backup. */
export interface BackupOptions extends CallOptions {
  /** What is to open it. */
  passphrase?: string
  /** The bytes of files that are on this node's disk, too. */
  media?: boolean
  /** Go on behind this chunk. */
  resume?: BackupPoint
}

/** The methods about what one keeps. */
export interface KeepingMethods {
  /**
   * An encrypted backup of the home as it is now, as the bytes of one file, while the node works on. It has everything but
   * the device's own key. The account's 24 words open it, if the node has their card, and the passphrase, if there is one.
   *
   * @throws BadInputError when nothing is to open it, NotFoundError when the one that is to go on is not known here: begin anew
   */
  backup (options?: BackupOptions): AsyncIterable<Uint8Array>
  /** Keeps the card by which the vault and backups are sealed to the account's 24 words; base64. It is made where they are typed. @throws ProofError when the account's key did not sign it */
  setRecoveryCard (card: string, options?: CallOptions): Promise<void>
}
