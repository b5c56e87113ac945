/** The files that invitations into large groups name: brought before their letters go, let go of after the last of them. */
import type { MediaFile } from '../../protocol/message/index.js'
import { logIdOf, sameBytes, type LogId } from '../../protocol/wire/index.js'
import type { KeyValueOp } from '../../store/index.js'
import type { PendingLetter } from './pending-letter.js'

/** Whoever keeps them. */
export interface Rosters {
  /** Brings one to a home relay. @returns it with where others find it @throws why it cannot be; AbortedError by signal */
  readonly brought: (file: MediaFile, signal: AbortSignal) => Promise<MediaFile>
  /** The changes that note that no letter into this chat names it any more; then {@link letGo}. */
  readonly unposted: (log: LogId, file: MediaFile) => KeyValueOp[]
  readonly letGo: () => void
}

/** The letter once its roster is where others find it. @throws as {@link Rosters.brought} */
export async function withRoster (rosters: Rosters, letter: PendingLetter, signal: AbortSignal): Promise<PendingLetter> {
  const { chat } = letter
  return chat?.roster === undefined ? letter : { ...letter, chat: { ...chat, roster: await rosters.brought(chat.roster, signal) } }
}

/** What is done with the roster of a letter that goes; nothing while another letter names it. */
export function rosterOps (rosters: Rosters, { id, chat }: PendingLetter, letters: readonly PendingLetter[]): KeyValueOp[] {
  const roster = chat?.roster
  if (chat === null || roster === undefined) return []
  const isUsed = letters.some(other => other.chat?.roster !== undefined && !sameBytes(other.id, id) && sameBytes(other.chat.roster.root, roster.root))
  return isUsed ? [] : rosters.unposted(logIdOf(chat.genesis), roster)
}
