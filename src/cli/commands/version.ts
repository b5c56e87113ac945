/** `petrel version`. */
import { readFile } from 'node:fs/promises'
import type { Handler } from '../command.js'
import { packageFile } from '../package-root.js'

/** This package's version. */
export async function packageVersion (): Promise<string> {
  const manifest: unknown = JSON.parse(await readFile(packageFile('package.json'), 'utf8'))
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest ? String(manifest.version) : 'unknown'
}

/** Prints the version. */
export const version: Handler = async ({ out }) => {
  const own = await packageVersion()
  await out.result({ version: own, node: process.version }, () => [own])
  return undefined
}
