/**
 * Applies patches/ to node_modules after an install. It does nothing where there is nothing to patch
 * or no tool to patch with: an install without development dependencies carries the patched copy already.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const patches = join(root, 'patches')

function patchTool () {
  try {
    return createRequire(import.meta.url).resolve('patch-package/dist/index.js')
  } catch {
    return undefined
  }
}

const tool = patchTool()
if (tool !== undefined && existsSync(patches) && readdirSync(patches).some(name => name.endsWith('.patch'))) {
  const { status } = spawnSync(process.execPath, [tool, '--error-on-fail'], { stdio: 'inherit', cwd: root })
  process.exit(status ?? 1)
}
