// Runs seeds of the simulation: npm run simulate -- --seeds N [--from S] [--groups | --erasing | --slow] [--trace]. Ends with 1 at the first that does not hold.
import { parseArgs } from 'node:util'
import { register } from 'tsx/esm/api'

register()
const { runSeed } = await import('../test/simulation/run.ts')
const { playErasing, playGroup, playSlow } = await import('../test/simulation/group-story.ts')

const { values } = parseArgs({ options: { seeds: { type: 'string', default: '1000' }, from: { type: 'string', default: '1' }, groups: { type: 'boolean', default: false }, erasing: { type: 'boolean', default: false }, slow: { type: 'boolean', default: false }, trace: { type: 'boolean', default: false } } })
const seeds = Number(values.seeds)
const from = Number(values.from)
if (!Number.isSafeInteger(seeds) || seeds < 1 || !Number.isSafeInteger(from) || from < 0) {
  console.error('usage: npm run simulate -- --seeds N [--from S] [--groups | --erasing | --slow] [--trace]')
  process.exit(2)
}

const [flag, plot] = values.erasing ? [' --erasing', playErasing] : values.slow ? [' --slow', playSlow] : values.groups ? [' --groups', playGroup] : ['', undefined]
const watch = values.trace ? { onStep: line => { process.stdout.write(line) }, onLog: line => { console.log(`    ${line}`) } } : {}
let steps = 0
for (let seed = from; seed < from + seeds; seed++) {
  const run = await runSeed(seed, {}, watch, ...plot === undefined ? [] : [plot])
  steps += run.steps
  if (run.failure !== undefined) {
    console.error(`seed ${seed} does not hold, after ${run.steps} steps and ${(run.lasted / 1000).toFixed(1)} s of its own time (trace ${run.trace.slice(0, 16)})`)
    console.error(run.failure.stack)
    console.error(`see it again: npm run simulate -- --seeds 1 --from ${seed}${flag} --trace`)
    process.exit(1)
  }
  if (seeds === 1) console.log(`seed ${seed} holds: ${run.steps} steps, ${(run.lasted / 1000).toFixed(1)} s of its own time, trace ${run.trace}`)
  else if ((seed - from + 1) % 50 === 0) console.log(`${seed - from + 1} seeds hold`)
}
console.log(`${seeds} seeds hold, from ${from} on: ${steps} steps`)
process.exit(0)
