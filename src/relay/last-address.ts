/** Where a relay listens when nobody said: where it did last time, since people keep its address. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { UnavailableError } from '../protocol/wire/index.js'
import { writeFileAtomically } from '../store/index.js'
import type { Logger } from './logger.js'
import type { Host } from './net/index.js'

const FILE = 'listen'
const ANY_PORT = '/ip4/127.0.0.1/tcp/0'
const REMEMBERED = /^\/ip4\/127\.0\.0\.1\/tcp\/\d{1,5}\n$/

/** The address in the file; undefined without one, or when it holds anything else. */
async function remembered (path: string): Promise<string | undefined> {
  const text = await readFile(path, 'utf8').catch(() => '')
  return REMEMBERED.test(text) ? text.trimEnd() : undefined
}

/**
 * Starts a host on loopback, at the port it had last, else at any free one, which is remembered in the directory.
 *
 * @throws what `start` throws; an UnavailableError at the remembered port leads to another port
 */
export async function hostAtLastAddress (directory: string, start: (listen: readonly string[]) => Promise<Host>, log: Logger): Promise<Host> {
  const path = join(directory, FILE)
  const last = await remembered(path)
  let host: Host | undefined
  try {
    if (last !== undefined) host = await start([last])
  } catch (error) {
    if (!(error instanceof UnavailableError)) throw error
    log('warn', 'relay.port.taken', { code: error.code })
  }
  if (host !== undefined) return host
  const fresh = await start([ANY_PORT])
  try {
    await writeFileAtomically(path, `${(fresh.addresses()[0] ?? '').replace(/\/p2p\/.*$/, '')}\n`)
  } catch (error) {
    await fresh.stop()
    throw error
  }
  return fresh
}
