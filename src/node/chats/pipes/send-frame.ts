/** Hands a frame to a member of a chat, by a pipe of one of its home relays. */
import { pipeAddress, sealPipeFrame } from '../../../protocol/crypto/index.js'
import { encodePipeFrame, type PipeFrame } from '../../../protocol/message/index.js'
import { NotFoundError, sameBytes, UnavailableError, type KeyBytes } from '../../../protocol/wire/index.js'
import type { Chat, PipeReach } from '../chat.js'

/** How a frame is to go. */
export interface FrameWay {
  readonly reach: PipeReach
  /** What a relay has for its answer, ms. */
  readonly sendMs: number
  readonly signal: AbortSignal
  /** Not by the chat's own home: what the home must not drop goes past it. */
  readonly pastHome: boolean
  /** Told of a relay that fails in another way than by being away. */
  readonly onFault: (error: unknown) => void
}

/** By the first of the other's home relays at which somebody listens. False when there is none. */
export async function sendFrame (chat: Chat, to: KeyBytes, frame: PipeFrame, { reach, sendMs, signal, pastHome, onFault }: FrameWay): Promise<boolean> {
  const { pipe, epoch } = chat.keys
  const address = pipeAddress(pipe, to)
  for (const { peer, addrs } of relaysOf(chat, to, reach, pastHome)) {
    if (signal.aborted) return false
    if (pastHome && sameBytes(peer, chat.home.peer)) continue
    try {
      await chat.deps.pool.link(peer, addrs).sendPipe(address, sealPipeFrame(pipe, encodePipeFrame(frame), { log: chat.log, epoch, to }), { deadlineMs: sendMs, signal })
      return true
    } catch (error) {
      if (signal.aborted) return false
      if (!(error instanceof NotFoundError || error instanceof UnavailableError)) onFault(error)
    }
  }
  return false
}

/** As the newest manifest of a contact says; of another member, the one that it is in the group with. */
function relaysOf (chat: Chat, to: KeyBytes, reach: PipeReach, pastHome: boolean): ReturnType<PipeReach['relaysOf']> {
  const known = reach.relaysOf(to)
  // Heads and previews go to contacts alone: there may be a thousand members.
  if (known.length > 0 || pastHome) return known
  return chat.manifests.find(({ manifest }) => sameBytes(manifest.account, to))?.manifest.relays ?? []
}
