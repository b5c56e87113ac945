/**
 * What a restored home must not do again: a commit, a wish or a move that was under way when the backup was made has been
 * done since, or nobody wants it any more.
 */
import type { KeyBytes, Signer } from '../../protocol/wire/index.js'
import type { KeyValueStore } from '../../store/index.js'
import { settledChats } from '../chats/index.js'
import { Vault, type RecordKeys } from '../records/index.js'

/** Takes out of a restored store what was under way. The changed records are signed by the new device. */
export async function settleRestored (kv: KeyValueStore, keys: RecordKeys, account: KeyBytes, device: Signer): Promise<void> {
  const vault = await Vault.open(kv, keys, account, device)
  for await (const ops of settledChats({ kv: vault.kv, keys, vault })) await vault.kv.batch(ops, { soft: true })
  // Empty: resolves when all before it is on the disk.
  await vault.kv.batch([])
}
