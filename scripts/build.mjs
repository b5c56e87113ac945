/**
 * Compiles src/ to dist/ (incremental: a second run takes about a second), copies what is read at run
 * time or by readers, removes from dist/ what src/ no longer has, and puts the command into few files.
 * `--clean` starts from nothing, for packing.
 */
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundle, START } from './bundle.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const src = join(root, 'src')
const dist = join(root, 'dist')
const ASSETS = /\.(proto|json|md)$/
const COMPILED = /(\.d\.ts|\.js|\.js\.map)$/

const filesOf = folder => readdirSync(folder, { recursive: true, withFileTypes: true })
  .filter(entry => entry.isFile())
  .map(entry => join(entry.parentPath, entry.name))

if (process.argv.includes('--clean')) rmSync(dist, { recursive: true, force: true })

const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc')
const { status } = spawnSync(process.execPath, [tsc, '-b', join(root, 'tsconfig.json')], { stdio: 'inherit', cwd: root })
if (status !== 0) process.exit(status ?? 1)

for (const from of filesOf(src).filter(file => ASSETS.test(file))) {
  const to = join(dist, relative(src, from))
  if (existsSync(to) && statSync(to).mtimeMs >= statSync(from).mtimeMs) continue
  mkdirSync(dirname(to), { recursive: true })
  cpSync(from, to)
}

await bundle()

for (const file of filesOf(dist)) {
  if (file.startsWith(join(START, sep))) continue
  const path = join(src, relative(dist, file))
  const kept = ASSETS.test(path) ? existsSync(path) : !COMPILED.test(path) || existsSync(path.replace(COMPILED, '.ts'))
  if (!kept) rmSync(file)
}
