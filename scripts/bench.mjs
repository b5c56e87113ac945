/**
 * Runs the benchmarks of bench/: those that the README shows, or the ones named: `npm run bench -- relay person`. Prints a
 * table; with --json one line a figure; with --readme the README's table is made anew of them. With --full the largest sizes
 * are measured too, which takes half an hour; with --smoke tiny ones, to see that all works.
 */
import { spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { writeReadme } from './bench-table.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const all = readdirSync(join(root, 'bench')).filter(name => name.endsWith('.ts')).map(name => basename(name, '.ts')).sort()
/** What `npm run bench` runs: under ten minutes together. */
const USUAL = ['relay', 'peers', 'message', 'fanout', 'catchup', 'growth', 'connections', 'person', 'media'].filter(name => all.includes(name))
const args = process.argv.slice(2)
const flags = args.filter(arg => arg.startsWith('--'))
const wanted = args.filter(arg => !arg.startsWith('--'))
const FLAGS = ['--json', '--readme', '--full', '--smoke']
const unknown = [...wanted.filter(name => !all.includes(name)), ...flags.filter(flag => !FLAGS.includes(flag))]

if (unknown.length > 0) {
  console.error(`there is no ${unknown.join(', ')}: benchmarks are ${all.join(', ')}, flags ${FLAGS.join(', ')}`)
  process.exit(2)
}
if (flags.includes('--readme') && flags.includes('--smoke')) {
  console.error('figures of a --smoke run say nothing: README does not take them')
  process.exit(2)
}
const isJson = flags.includes('--json')
const environment = { ...process.env, ...flags.includes('--smoke') ? { BENCH_SMOKE: '1' } : {}, ...flags.includes('--full') ? { BENCH_FULL: '1' } : {} }
const found = []

for (const name of wanted.length > 0 ? wanted : USUAL) {
  if (!isJson) console.log(`\n── ${name}`)
  const begun = performance.now()
  const code = await run(name)
  console.error(`${name} took ${Math.round((performance.now() - begun) / 1000)} s`)
  if (code !== 0) {
    console.error(`${name} ended with ${code}`)
    process.exitCode = 1
  }
}
if (flags.includes('--readme')) writeReadme(found)

/** Runs one, and shows each figure as it comes. */
async function run (name) {
  const child = spawn(process.execPath, ['--expose-gc', '--import', 'tsx', join('bench', `${name}.ts`)], { stdio: ['ignore', 'pipe', 'inherit'], cwd: root, env: environment })
  const ended = new Promise(resolve => { child.once('close', resolve) })
  for await (const line of createInterface({ input: child.stdout })) show(line)
  return await ended
}

function show (line) {
  const figure = figureOf(line)
  if (figure !== undefined) found.push(figure)
  if (isJson && figure === undefined) console.error(line)
  else console.log(isJson || figure === undefined ? line : row(figure))
}

function figureOf (line) {
  if (!line.startsWith('{')) return undefined
  try {
    const figure = JSON.parse(line)
    return typeof figure.name === 'string' && typeof figure.value === 'number' ? figure : undefined
  } catch {
    return undefined
  }
}

function row ({ name, value, unit, reference, ratio, spread, note }) {
  const beside = typeof reference === 'number' ? `beside ${reference}` : ''
  const part = typeof ratio === 'number' ? `ratio ${ratio}` : ''
  const range = Array.isArray(spread) ? `${spread[0]} to ${spread[1]}` : ''
  return `${name.padEnd(44)} ${String(value).padStart(10)} ${String(unit ?? '').padEnd(14)} ${beside.padEnd(18)} ${part.padEnd(12)} ${range.padEnd(16)} ${note ?? ''}`.trimEnd()
}
