/** Is the relay well? Each question on its own, so that one fault does not hide another. */
import { statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { mapKey } from '../bytes-text.js'
import { IDENTITY_FILE, requirePrivate } from '../identity.js'
import { decodeMeta } from '../logs/meta.js'
import { QuotaLedger } from '../quota.js'
import { recordKey } from '../record-keys.js'
import type { Administered } from './administered.js'
import { ChainCheck } from './chain-check.js'
import type { DoctorCheck, DoctorReport } from './types.js'

/** Less than this free is a warning that comes in time. */
const FREE_BYTES = 1024 ** 3

/** Examines a relay, running or not. */
export async function examine (relay: Administered, signal?: AbortSignal): Promise<DoctorReport> {
  const chains = new ChainCheck(relay.home)
  const checks = [
    await check('identity', async () => {
      await requirePrivate(join(relay.directory, IDENTITY_FILE))
      return 'the key file is there, and private'
    }),
    await check('store', () => storeCheck(relay, chains, signal)),
    await check('counters', () => countersCheck(relay)),
    ...relay.store.info.copied === undefined ? [] : [await check('restored', () => behindCheck(relay))],
    await check('disk', () => diskCheck(relay.directory)),
    await check('listening', () => listeningCheck(relay))
  ]
  return { ok: checks.every(({ ok }) => ok), checks }
}

class Finding extends Error {}

async function check (name: string, ask: () => Promise<string>): Promise<DoctorCheck> {
  try {
    return { check: name, ok: true, detail: await ask() }
  } catch (error) {
    return { check: name, ok: false, detail: error instanceof Error ? error.message : String(error) }
  }
}

async function storeCheck ({ store }: Administered, chains: ChainCheck, signal: AbortSignal | undefined): Promise<string> {
  if (store.verify === undefined) return 'this kind of store cannot be checked'
  const report = await store.verify({ onEntry: chains.onEntry, onLog: chains.onLog, ...signal === undefined ? {} : { signal } })
  const [first] = report.problems
  if (first !== undefined) throw new Finding(`${report.problemCount} problems; the first: ${first.what} (${first.where}). Restore from a backup`)
  const reason = store.reason === undefined ? '' : `; it refuses writes: ${store.reason.message}`
  if (store.state !== 'open') throw new Finding(`everything read is whole, but the store is ${store.state}${reason}`)
  return `${report.logs} logs, ${report.entries} entries, ${report.records} records, ${report.blocks} blocks, all whole and chained`
}

/** Sums the heads anew, and puts right what the running sums say. */
async function countersCheck ({ store, ledger }: Administered): Promise<string> {
  const counted = new QuotaLedger({ accountBytes: Infinity, accountLogs: Infinity, totalBytes: Infinity })
  let mended = 0
  for await (const { log, head } of store.logs.list()) {
    const payer = decodeMeta(head.meta).payerName
    const name = mapKey(log)
    counted.observe(payer, name, head.bytes)
    if (ledger.logsOf(payer).includes(name)) continue
    ledger.observe(payer, name, head.bytes)
    mended++
  }
  if (mended > 0) throw new Finding(`${mended} logs were not counted against their quota; they are now`)
  return `${counted.logs} logs, ${counted.bytes} bytes`
}

/** After a restore: whether people had seen more of some logs than the backup holds. */
async function behindCheck ({ store }: Administered): Promise<string> {
  let behind = 0
  for await (const [_key] of store.records.list(recordKey('behind'))) behind++
  if (behind > 0) throw new Finding(`the backup lacks entries of ${behind} logs that were acknowledged: these logs can be read, and take nothing more`)
  return 'nobody has seen more than the backup holds, so far'
}

async function diskCheck (directory: string): Promise<string> {
  const { bavail, bsize } = await statfs(directory)
  const free = bavail * bsize
  const gib = (free / 1024 ** 3).toFixed(1)
  if (free < FREE_BYTES) throw new Finding(`only ${gib} GiB are free`)
  return `${gib} GiB are free`
}

async function listeningCheck ({ status }: Administered): Promise<string> {
  if (status === undefined) return 'the relay does not run'
  const { addresses, state, reason } = await status()
  if (addresses.length === 0) throw new Finding('the relay runs and listens nowhere')
  if (state !== 'ready') throw new Finding(`the relay is ${state}${reason === undefined ? '' : `: ${reason}`}`)
  return addresses.join(' ')
}
