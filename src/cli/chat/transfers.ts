/** How far files are on their way, at the messages that bring them. Pure. */
import type { MediaFile, MediaTransfer } from '../../protocol/api/index.js'
import { changed, messagesOf } from './blocks.js'
import type { State } from './state.js'

/** A file is further. */
export function transferred (state: State, transfer: MediaTransfer): State {
  const { secret } = state
  const isIn = (media: readonly MediaFile[]): boolean => media.some(({ id }) => id === transfer.media)
  const further = (media: readonly MediaFile[]): MediaFile[] => media.map(file => file.id !== transfer.media ? file : { ...file, state: stateOf(transfer, file.size, file.state?.here ?? file.size) })
  const shown = messagesOf(state).filter(({ message }) => isIn(message.media)).reduce((next, { message: { id } }) => changed(next, id, message => ({ ...message, media: further(message.media) })), state)
  if (secret === null || !secret.lines.some(({ media }) => isIn(media))) return shown
  return { ...shown, secret: { ...secret, lines: secret.lines.map(line => isIn(line.media) ? { ...line, media: further(line.media) } : line) } }
}

function stateOf (transfer: MediaTransfer, size: number, here: number): NonNullable<MediaFile['state']> {
  if (transfer.state === 'done') return { here: size, held: true, transfer: null }
  return { here: transfer.direction === 'download' ? Math.min(size, transfer.bytes) : here, held: false, transfer }
}
