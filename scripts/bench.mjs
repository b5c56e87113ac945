/** Runs the benchmarks of bench/, all of them or those named: `npm run bench -- store`. Each prints its own figures. */
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const all = readdirSync(join(root, 'bench')).filter(name => name.endsWith('.ts')).map(name => basename(name, '.ts')).sort()
const wanted = process.argv.slice(2)
const unknown = wanted.filter(name => !all.includes(name))

if (unknown.length > 0) {
  console.error(`no benchmark is called ${unknown.join(', ')}; there are: ${all.join(', ')}`)
  process.exit(1)
}
for (const name of wanted.length > 0 ? wanted : all) {
  console.log(`\n── ${name}`)
  const { status } = spawnSync(process.execPath, ['--expose-gc', '--import', 'tsx', join('bench', `${name}.ts`)], { stdio: 'inherit', cwd: root })
  if (status !== 0) process.exitCode = status ?? 1
}
