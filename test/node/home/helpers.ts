import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TEST_PASSWORD_COST } from '../../../src/protocol/crypto/password.js'
import { createHome, type CreateHomeOptions, type NewHome, type Unlock } from '../../../src/node/home/index.js'

export const PASSPHRASE: Unlock = { kind: 'passphrase', passphrase: 'correct horse battery staple' }

/** Runs a test in an empty directory that is gone afterwards. */
export async function inFolder (run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'petrel-home-'))
  try {
    await run(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** A home with a cheap lock. */
export async function makeHome (dir: string, unlock: Unlock = PASSPHRASE, more: Partial<CreateHomeOptions> = {}): Promise<NewHome> {
  return await createHome({ dir, name: 'Alice', unlock, kdfCost: TEST_PASSWORD_COST, ...more })
}

/** Every file below a directory, name and content. */
export async function allFiles (dir: string): Promise<Array<{ path: string, bytes: Buffer }>> {
  const found = []
  for (const entry of await readdir(dir, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) found.push({ path: join(entry.parentPath, entry.name), bytes: await readFile(join(entry.parentPath, entry.name)) })
  }
  return found
}
