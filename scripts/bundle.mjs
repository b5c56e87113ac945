/**
 * Puts the command into few files, dist/start/: each module that Node loads takes it about a millisecond, and a command
 * needs sixty to a hundred. One file is what every command needs, others come when one runs (import()). What node, relay
 * and protocol/wire have stays theirs: a command that runs one of them loads the very same modules.
 */
import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const src = join(root, 'src')
const dist = join(root, 'dist')
/** As deep as dist/cli, so that paths from a file of it hold (src/cli/package-root.ts). */
export const START = join(dist, 'start')
const INSIDE = ['cli', join('node', 'client'), join('protocol', 'api')].map(folder => join(src, folder, sep))

const layers = {
  name: 'layers',
  setup ({ onResolve }) {
    onResolve({ filter: /^\.\.?\// }, ({ path, resolveDir }) => {
      const file = resolve(resolveDir, path)
      if (!file.startsWith(join(src, sep)) || INSIDE.some(folder => file.startsWith(folder))) return undefined
      return { external: true, path: relative(START, join(dist, relative(src, file))).replaceAll(sep, '/') }
    })
  }
}

/** Makes dist/start/ anew. A process that runs has what it needs of the old one, or finds it under the same name: names are of the content. */
export async function bundle () {
  mkdirSync(START, { recursive: true })
  const { metafile } = await build({
    absWorkingDir: root, entryPoints: { main: 'src/cli/main.ts' }, outdir: START, metafile: true, logLevel: 'warning',
    bundle: true, splitting: true, packages: 'external', plugins: [layers], chunkNames: '[name]-[hash]',
    format: 'esm', platform: 'node', target: 'node22', sourcemap: 'linked', sourcesContent: false
  })
  const made = new Set(Object.keys(metafile.outputs).map(path => join(root, path)))
  for (const name of readdirSync(START)) if (!made.has(join(START, name))) rmSync(join(START, name))
}
