import assert from 'node:assert/strict'
import { RankedTurns } from '../../../src/node/chats/ranked-turns.js'
import type { ChatSession } from '../../../src/node/chats/session.js'
import { TakingUp } from '../../../src/node/chats/taking-up.js'
import type { Vault } from '../../../src/node/records/index.js'

describe('chats that the vault gives', () => {
  it('are made once it was read, each once, from its newest version, and begun once', async () => {
    const known: Array<() => void> = []
    const vault = { soft: true, onKnown: (look: () => void) => { known.push(look) } }
    const made: unknown[][] = []
    const begun: string[] = []
    const link = { state: 'closed', ready: async () => { await Promise.resolve() } }
    const sessionOf = (name: string): ChatSession => ({ chat: { link }, past: { writtenAt: 0 }, start: () => { begun.push(name) } }) as unknown as ChatSession
    const { promise: all, resolve } = Promise.withResolvers<undefined>()
    const taking = new TakingUp({
      vault: vault as unknown as Vault, turns: new RankedTurns(2), log: () => undefined,
      make: async given => {
        made.push([...given])
        if (made.length === 2) resolve(undefined)
        return await Promise.resolve(given.map(String).map(sessionOf))
      }
    })
    taking.start()
    taking.came('chat-key/a', 'a 1')
    taking.came('chat-key/b', 'b 1')
    taking.came('chat-key/a', 'a 2')
    assert.deepEqual(made, [])
    vault.soft = false
    for (const look of known) look()
    taking.came('chat-key/c', 'c 1')
    await all
    await taking.stop()
    assert.deepEqual(made, [['a 2', 'b 1'], ['c 1']])
    assert.equal(new Set(begun).size, begun.length)
  })
})
