/** The host of a node that others dial: on all interfaces, at the port of the last time, since people keep its address. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { UnavailableError } from '../../protocol/wire/index.js'
import type { Host } from '../../relay/net/index.js'
import { makeDirectory, writeFileAtomically } from '../../store/index.js'
import type { NodeLog } from '../log.js'
import { SERVED_FOLDER } from './own-home.js'

const FILE = 'port'
const everywhere = (port: number): string => `/ip4/0.0.0.0/tcp/${port}`

/**
 * Starts a host on all interfaces: at the port it had last, else at any free one, which is remembered in the home.
 *
 * @throws what `start` throws; an UnavailableError at the remembered port leads to another port
 */
export async function lanHost (dir: string, start: (listen: readonly string[]) => Promise<Host>, log: NodeLog): Promise<Host> {
  const path = join(dir, SERVED_FOLDER, FILE)
  const last = await remembered(path)
  if (last !== undefined) {
    try {
      return await start([everywhere(last)])
    } catch (error) {
      if (!(error instanceof UnavailableError)) throw error
      log('warn', 'lan.port-taken', { code: error.code })
    }
  }
  const host = await start([everywhere(0)])
  try {
    await makeDirectory(join(dir, SERVED_FOLDER))
    await writeFileAtomically(path, `${portOf(host)}\n`)
  } catch (error) {
    await host.stop()
    throw error
  }
  return host
}

async function remembered (path: string): Promise<number | undefined> {
  const text = await readFile(path, 'utf8').catch(() => '')
  return /^[1-9]\d{0,4}\n$/.test(text) && Number(text) < 65_536 ? Number(text) : undefined
}

function portOf (host: Host): number { return Number(/\/tcp\/(\d+)/.exec(host.addresses()[0] ?? '')?.[1] ?? 0) }
