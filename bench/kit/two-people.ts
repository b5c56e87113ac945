/** Two people's daemons and a relay, as processes of their own, for what is measured from outside. */
import { readFile } from 'node:fs/promises'
import { petrel, type Daemon, type Process } from '../../test/ledger/processes.js'

/** What runs. */
export interface TwoPeople { readonly relay: Process, readonly alice: Daemon, readonly bob: Daemon }

const TICKS_PER_SECOND = 100

async function cpuAt (pid: number | 'self', field: number): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).replace(/^.*\) /s, '').split(' ')
  return (Number(fields[field]) + Number(fields[field + 1])) / TICKS_PER_SECOND
}

/** Processor seconds a process has used. */
export async function cpuOf (pid: number): Promise<number> { return await cpuAt(pid, 11) }

/** Processor seconds that this process's children have used that have ended. */
export async function cpuOfEnded (): Promise<number> { return await cpuAt('self', 13) }

/** Starts all three, both people at the relay, and has Alice add Bob. */
export async function startTwo ({ relay, alice, bob }: TwoPeople): Promise<void> {
  await relay.start()
  const address = (relay.ready['relay'] as { addresses: string[] }).addresses[0] ?? ''
  for (const [who, name] of [[alice, 'alice'], [bob, 'bob']] as const) {
    await petrel(who.home, 'init', '--name', name, '--no-input')
    await who.start()
    await who.ask(async p => await p.addRelay(address))
  }
  const { link } = await bob.ask(async p => await p.createInvite())
  await alice.ask(async p => await p.addContact(link))
}

/** Ends all three. */
export async function endTwo ({ relay, alice, bob }: TwoPeople): Promise<void> {
  await Promise.all([alice.disconnect(), bob.disconnect()])
  await Promise.all([alice.kill('SIGTERM'), bob.kill('SIGTERM'), relay.kill('SIGTERM')])
}
