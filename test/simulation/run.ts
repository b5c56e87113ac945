/** One run of the simulation: a seed decides all of it. */
import { replaceBoxes } from './boxes.js'
import { Random } from './random.js'
import { replaceTimeAndChance } from './replace.js'
import { tell } from './story.js'
import { judge } from './verdict.js'
import { World, type Bugs } from './world.js'

/** What a run was. */
export interface Run {
  readonly seed: number
  /** Of everything that happened, in order: two runs of a seed have the same. */
  readonly trace: string
  readonly steps: number
  /** The run's own time, in milliseconds. */
  readonly lasted: number
  /** What does not hold; undefined when all does. */
  readonly failure: Error | undefined
}

/** What to look into a run with. */
export interface Watch { readonly onStep?: (line: string) => void, readonly onLog?: (line: string) => void }

/** What is played: tells the story to its end, and judges it. */
export type Plot = (world: World) => Promise<void>

/** People who write to each other. */
const direct: Plot = async world => { await judge(await tell(world)) }

/** Runs a seed. */
export async function runSeed (seed: number, bugs: Bugs = {}, watch: Watch = {}, plot: Plot = direct): Promise<Run> {
  const random = new Random(seed)
  const world = new World(random, bugs)
  world.onStep = watch.onStep
  world.onLog = watch.onLog
  const undo = [replaceBoxes(), replaceTimeAndChance(world, random)]
  let failure: Error | undefined
  try {
    await world.drive(async () => { await plot(world) })
  } catch (error) {
    failure = error instanceof Error ? error : new Error(String(error))
  } finally {
    for (const back of undo.reverse()) back()
  }
  return { seed, trace: world.digest(), steps: world.steps, lasted: world.now, failure }
}
