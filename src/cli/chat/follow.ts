/** Follows the node's news, through the ends of its daemon. */
import { setTimeout as wait } from 'node:timers/promises'
import type { Petrel } from '../../protocol/api/index.js'
import type { Context } from '../context.js'
import { codeOf } from '../failure.js'
import { listedChats, openChat } from './calls.js'
import { openSecretChat } from './secret-calls.js'
import type { Input } from './state.js'

/** How long to wait for a daemon that is gone before it is looked for again, ms. */
const AGAIN_MS = 1000

/** What following needs. `replace` is told of each daemon that is found anew, and of none. */
export interface FollowOptions {
  readonly context: Context
  /** The chat to open first; `secret`: a secret one. */
  readonly chat: string | undefined
  readonly secret: boolean
  readonly signal: AbortSignal
  readonly dispatch: (input: Input) => void
  /** Resolves when what was dispatched is shown: news come no faster than they are shown. */
  readonly settled: () => Promise<void>
  /** Called once there is something to write to. */
  readonly begun: () => void
  readonly petrel: () => Petrel | undefined
  readonly replace: (petrel: Petrel | undefined) => void
}

/** Runs until the signal aborts. @throws what keeps the chat from being opened at first */
export async function follow (options: FollowOptions): Promise<void> {
  const { signal, dispatch, context } = options
  let after = await begin(options)
  options.begun()
  let own: Petrel | undefined
  try {
    while (!signal.aborted) {
      const petrel = options.petrel()
      if (petrel === undefined) {
        await wait(AGAIN_MS, undefined, { signal })
        own = await context.doors.connect(await context.paths(), { signal }).catch(() => undefined)
        options.replace(own)
        if (own === undefined) continue
        await greet(own, options)
        continue
      }
      after = await listen(petrel, after, options)
      if (signal.aborted) return
      dispatch({ type: 'node', node: null })
      options.replace(undefined)
      await own?.close()
    }
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    await own?.close()
  }
}

/** What there is at first; gives the number after which news are new. */
async function begin ({ context, chat, secret, signal, dispatch, petrel: petrelOf }: FollowOptions): Promise<number> {
  const petrel = petrelOf()
  if (petrel === undefined) return 0
  const node = await petrel.status({ signal })
  dispatch({ type: 'node', node })
  const chats = await listedChats(petrel, signal)
  dispatch({ type: 'clock', now: context.io.now() })
  if (chat !== undefined) dispatch(secret ? await openSecretChat(petrel, chat, signal) : await openChat(petrel, chat, signal))
  dispatch(chats)
  return node.updates
}

async function greet (petrel: Petrel, { dispatch, signal }: FollowOptions): Promise<void> {
  try {
    dispatch({ type: 'node', node: await petrel.status({ signal }) })
    dispatch(await listedChats(petrel, signal))
  } catch {
    // Gone again: that is found out next.
  }
}

/** Passes news on until the daemon is gone or the signal aborts. Gives the last number. */
async function listen (petrel: Petrel, after: number, { signal, dispatch, settled }: FollowOptions): Promise<number> {
  const gone = new AbortController()
  const either = AbortSignal.any([signal, gone.signal])
  const beside = [passTransfers(petrel, either, dispatch), passActivity(petrel, either, dispatch)]
  let last = after
  try {
    for await (const update of petrel.receive({ after, follow: true, signal: either })) {
      dispatch({ type: 'update', update })
      last = update.n
      await settled()
    }
  } catch (error) {
    if (codeOf(error) === 'ERR_FORBIDDEN' || codeOf(error) === 'EPIPE') throw error
  }
  gone.abort()
  await Promise.all(beside)
  return last
}

async function passTransfers (petrel: Petrel, signal: AbortSignal, dispatch: (input: Input) => void): Promise<void> {
  try {
    for await (const transfer of petrel.transfers({ signal })) dispatch({ type: 'transfer', transfer })
  } catch {
    // Nothing of it is lost that news do not tell as well.
  }
}

async function passActivity (petrel: Petrel, signal: AbortSignal, dispatch: (input: Input) => void): Promise<void> {
  try {
    for await (const activity of petrel.activity({ signal })) dispatch({ type: 'activity', activity })
  } catch {
    // What others do at the moment is no news: it is told again when there is a daemon again.
  }
}
