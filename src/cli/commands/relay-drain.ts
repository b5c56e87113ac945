/** `petrel relay drain`: empties a running relay of connections, and says how far it is. */
import { setTimeout as wait } from 'node:timers/promises'
import type { RelayDoor } from '../doors.js'
import { badInput, codeOf } from '../failure.js'
import type { Handler } from '../command.js'
import { relayDirectory } from './relay-directory.js'

type Operator = RelayDoor['operator']
type Status = Awaited<ReturnType<Operator['status']>>

/** How often the relay is asked how far it is, ms. */
const ASK_MS = 500

/** Empties the relay and waits until nobody is left, or lets people in again. */
export const drain: Handler = async (context, input) => {
  const { doors, out, signal } = context
  const { operator } = await doors.relay()
  const directory = await relayDirectory(context, input)
  const [to, stop] = [input.texts('to'), input.flag('stop')]
  if (input.flag('undo')) {
    if (stop || to.length > 0) throw badInput('--undo goes with neither --to nor --stop')
    await operator.undoDrain(directory, { signal })
    await out.result({ drain: { done: false, left: null, stopped: false } }, () => ['the relay takes people again; those who were sent away come back by themselves'])
    return undefined
  }
  const first = await operator.drain(directory, { to, stop }, { signal })
  await out.note(`The relay takes nobody new. Sending ${first.drain?.total ?? 0} connections away.`)
  let left = first.drain?.left
  for (let now: Status | undefined = first; now !== undefined; now = await statusOf(operator, directory, stop, signal)) {
    const { drain: progress } = now
    if (progress === undefined) {
      await out.result({ drain: { done: false, left: now.channels, stopped: false } }, () => ['somebody ended the drain: the relay takes people again'])
      return undefined
    }
    if (progress.done && !stop) {
      await out.result({ drain: { done: true, left: 0, stopped: false } }, () => ['the relay is empty, and runs on without taking anybody', 'end that: petrel relay drain --undo'])
      return undefined
    }
    if (progress.left !== left) await out.note(`${progress.left} of ${progress.total} left, ${progress.calls} calls to answer.`)
    left = progress.left
    await wait(ASK_MS, undefined, { signal })
  }
  await out.result({ drain: { done: true, left: 0, stopped: true } }, () => ['the relay was emptied, and has stopped'])
  return undefined
}

/** What the relay says of itself; undefined when it is to stop, and does not run any more. */
async function statusOf (operator: Operator, directory: string, stop: boolean, signal: AbortSignal): Promise<Status | undefined> {
  try {
    return await operator.status(directory, { signal })
  } catch (error) {
    // Its door closes a moment before its end: then it goes away in the middle of the answer.
    if (stop && ['ERR_NOT_RUNNING', 'ERR_UNAVAILABLE'].includes(codeOf(error) ?? '')) return undefined
    throw error
  }
}
