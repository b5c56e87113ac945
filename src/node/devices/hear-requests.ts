/** What is told here when another device of the account took in a stranger's request. */
import { requestNews } from '../letters/index.js'
import type { Vault } from '../records/index.js'

/** Listens to the vault from now on. */
export function hearRequests (vault: Vault): void {
  vault.onChange('request/', ({ data, before }) => data === undefined || before !== undefined ? undefined : { events: [requestNews(data)] })
}
