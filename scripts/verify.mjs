/**
 * Everything that must hold before a change is good, the tests once. Goes on after a
 * failure, so that one run tells all, and ends with the line `N passed, N failed`: each test counts one,
 * and so does each other check.
 */
import { spawn } from 'node:child_process'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { stripVTControlCharacters } from 'node:util'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const MINUTES = 60_000

const checks = [
  { title: 'build', run: 'build' },
  { title: 'lint', run: 'lint' },
  { title: 'layers', run: 'layers' },
  { title: 'dead code', run: 'deadcode' },
  { title: 'generated code', run: 'generate', args: ['--', '--check'] },
  { title: 'docs', run: 'docs:check' },
  { title: 'package', run: 'package:check' },
  { title: 'tests', run: 'test', counted: true, limit: 9 * MINUTES }
]

/** Runs one npm script with its output shown, and returns its end and its output. A check that hangs is ended with all it started. */
function npmRun ({ run, args = [], limit = 4 * MINUTES }) {
  return new Promise(resolve => {
    const windows = process.platform === 'win32'
    const child = spawn('npm', ['run', '--silent', run, ...args], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], detached: !windows, shell: windows })
    const timer = setTimeout(() => {
      console.error(`\n${run} did not end within ${limit / MINUTES} minutes`)
      if (windows) child.kill()
      else process.kill(-child.pid, 'SIGKILL')
    }, limit)
    let output = ''
    const tee = (from, to) => from.setEncoding('utf8').on('data', text => { output += text; to.write(text) })
    tee(child.stdout, process.stdout)
    tee(child.stderr, process.stderr)
    child.on('error', error => { console.error(error.message) })
    child.on('close', code => { clearTimeout(timer); resolve({ ok: code === 0, output }) })
  })
}

/** The last figure that mocha gave for `word`, 0 without one. */
function figure (output, word) {
  const plain = stripVTControlCharacters(output)
  return Number([...plain.matchAll(new RegExp(`^\\s*(\\d+) ${word}\\b`, 'gm'))].at(-1)?.[1] ?? 0)
}

let passed = 0
let failed = 0
const notes = []
for (const check of checks) {
  console.log(`\n── ${check.title}`)
  const started = Date.now()
  const { ok, output } = await npmRun(check)
  const passing = check.counted ? figure(output, 'passing') : 0
  const failing = check.counted ? figure(output, 'failing') : 0
  passed += passing + (ok && !check.counted ? 1 : 0)
  // Failed without a failing test: the run itself broke.
  failed += failing + (!ok && failing === 0 ? 1 : 0)
  if (ok && check.counted && passing === 0) failed++
  notes.push(`${ok ? '✔' : '✘'} ${check.title} (${((Date.now() - started) / 1000).toFixed(1)} s)`)
}
console.log(`\n${notes.join('\n')}\n\n${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
