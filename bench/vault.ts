/**
 * The log of an account's vault: what it takes at the relay for each chat, before and after most of it was dead and it was
 * written anew, how long that takes beside bringing the same records once, the most that it ever takes, and how soon a new
 * device has it all. In one process with the relay, on stores in memory. Run: npm run bench -- vault
 */
import { CHAT_KEYS } from '../src/node/chats/devices/chat-key.js'
import { decodeLogState, type VaultLogState } from '../src/node/vault/log-state.js'
import { LIMITS, logIdOf } from '../src/protocol/wire/index.js'
import { SmallWorld } from '../test/node/small-world.js'
import { eventually } from '../test/node/vault/devices-world.js'
import { VaultLogs } from '../test/node/vault-logs.js'
import { cpuSeconds } from './kit/bare.js'
import { compare, median, round, say, sized, spread } from './kit/figures.js'

const CHATS = sized(100, 3)
/** How often the log is made anew. Each time needs a mebibyte of dead records first. */
const ANEW = sized(5, 1)

interface Kept { readonly first: number, readonly bytes: number }

const world = await SmallWorld.make()
try {
  const ann = await world.person('ann', { spareDevices: 1, shared: new VaultLogs() })
  for (let n = 0; n < CHATS; n++) await ann.node.createGroup(`Group ${n}`)
  await eventually(() => ann.core.shared.status().state === 'current')
  const { vault, account, keys } = ann.core
  const log = logIdOf(account.manifest.manifest.vault?.genesis ?? new Uint8Array())

  /** What the relay has of it. */
  const kept = async (): Promise<Kept> => {
    const { logs } = world.relay.services.store
    const { first, seq } = await logs.head(log)
    let bytes = 0
    for (let at = first - 1; at < seq;) {
      const { entries } = await logs.read(log, at, 1000, 1 << 26)
      for (const { leaf, payload } of entries) bytes += leaf.length + (payload?.length ?? 0)
      at += entries.length
    }
    return { first, bytes }
  }

  /** What the device makes of it. */
  const state = async (): Promise<VaultLogState> => decodeLogState(await vault.kv.get(keys.one('vaultLog')) ?? new Uint8Array())

  const [before, after, bring, bringCpu, anew, anewCpu]: [number[], number[], number[], number[], number[], number[]] = [[], [], [], [], [], []]
  let most = 0
  while (anew.length < ANEW) {
    const records = [...vault.list(CHAT_KEYS)]
    const [begun, used] = [performance.now(), cpuSeconds()]
    // What the devices of an account do over months: each chat's place is given to the vault again.
    await vault.kv.batch(records.map(([name, data]) => vault.put(name, data)))
    await vault.published(records.map(([name]) => name))
    const [brought, usedThen] = [performance.now(), cpuSeconds()]
    const full = await kept()
    most = Math.max(most, full.bytes)
    const { bytes, generation: { number } } = await state()
    if (bytes <= LIMITS.vaultSlackBytes + 2 * vault.bytes) {
      bring.push(brought - begun)
      bringCpu.push(usedThen - used)
      continue
    }
    await eventually(async () => (await world.relay.services.store.logs.head(log)).first > full.first && (await state()).generation.number > number)
    anew.push(performance.now() - brought)
    anewCpu.push(cpuSeconds() - usedThen)
    before.push(full.bytes / CHATS)
    after.push((await kept()).bytes / CHATS)
  }
  const live = vault.bytes
  compare('vault/at its largest', 'bytes/chat', before, before.map(() => live / CHATS), 'less')
  compare('vault/written anew', 'bytes/chat', after, after.map(() => live / CHATS), 'less')
  say({ name: 'vault/most', value: most, unit: 'bytes', reference: 3 * live + LIMITS.vaultSlackBytes, ratio: round((3 * live + LIMITS.vaultSlackBytes) / most), note: 'beside its bound: thrice what is live, and 1 MiB' })
  say({ name: 'vault/writing it anew, and trimming', value: round(median(anew)), unit: 'ms', reference: round(median(bring)), ratio: round(median(bring) / median(anew)), spread: spread(anew) })
  say({ name: 'vault/processor time of that', value: round(median(anewCpu) * 1000), unit: 'ms', reference: round(median(bringCpu) * 1000), ratio: round(median(bringCpu) / median(anewCpu)) })
  const [begun, used] = [performance.now(), cpuSeconds()]
  await world.second(ann)
  say({ name: 'vault/a new device has it', value: round(performance.now() - begun), unit: 'ms', processor: round((cpuSeconds() - used) * 1000), chats: CHATS })
} finally {
  await world.close()
}
