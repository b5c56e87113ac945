import { execFileSync } from 'node:child_process'
import { join } from 'node:path'

/** The repository's root. */
export const REPOSITORY = join(import.meta.dirname, '../..')

/** Packs the built tree as it stands into `folder` and returns the tarball's path. */
export function pack (folder: string): string {
  const output = execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], {
    cwd: REPOSITORY, encoding: 'utf8', shell: process.platform === 'win32', stdio: ['ignore', 'pipe', 'pipe']
  })
  const packed = JSON.parse(output) as { filename: string }[] | Record<string, { filename: string }>
  const [first] = Object.values(packed)
  if (first === undefined) throw new Error('npm pack made nothing')
  return join(folder, first.filename)
}
