/**
 * The property tests with many more runs each: FUZZ_RUNS times as many (100 unless set). Every test
 * file that uses fast-check, by itself or by `damage.ts`, takes part. A failure prints its seed; `npm run fuzz -- --grep NAME` runs some.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const files = readdirSync(join(root, 'test'), { recursive: true, withFileTypes: true })
  .filter(entry => entry.isFile() && entry.name.endsWith('.test.ts'))
  .map(entry => join(entry.parentPath, entry.name))
  .filter(file => /from '(fast-check|[^']*\/damage\.js)'/.test(readFileSync(file, 'utf8')))

if (files.length === 0) {
  console.error('no test file uses fast-check')
  process.exit(1)
}
const { status } = spawnSync(process.execPath,
  [join(root, 'node_modules/mocha/bin/mocha.js'), '--no-timeouts', '--require', 'test/house/fuzz-runs.mjs', ...files, ...process.argv.slice(2)],
  { stdio: 'inherit', cwd: root, env: { ...process.env, FUZZ_RUNS: process.env.FUZZ_RUNS ?? '100' } })
process.exit(status ?? 1)
