/** An inbox's keys and logs. */
import { newInboxKey, systemRandom } from '../../protocol/crypto/index.js'
import { decodeGenesis, encodeGenesis, logIdOf, randomSeed, signerFromSeed, type KeyBytes, type LogId } from '../../protocol/wire/index.js'
import type { Inbox, OwnedLog } from './account-record.js'

/** Fresh keys and logs of an inbox at a home. */
export async function newInbox (home: KeyBytes): Promise<Inbox> {
  const { public: key, private: privateKey } = await newInboxKey()
  const owned = (kind: 'inbox' | 'requests'): OwnedLog => {
    const ownerSeed = randomSeed()
    return { ownerSeed, genesis: encodeGenesis({ v: 1, kind, salt: systemRandom(16), owner: signerFromSeed(ownerSeed).key, home }) }
  }
  return { key, privateKey, mail: owned('inbox'), requests: owned('requests') }
}

/** The ids of an inbox's logs. */
export function logsOf ({ mail, requests }: Pick<Inbox, 'mail' | 'requests'>): { mail: LogId, requests: LogId } {
  return { mail: logIdOf(mail.genesis), requests: logIdOf(requests.genesis) }
}

/** The relay where an inbox lives. */
export function homeOf ({ mail }: Pick<Inbox, 'mail'>): KeyBytes { return decodeGenesis(mail.genesis).home }
