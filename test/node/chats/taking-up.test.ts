/** Chats that other devices gave to the vault, on a disk that takes nothing for a while. */
import assert from 'node:assert/strict'
import { RankedTurns } from '../../../src/node/chats/ranked-turns.js'
import type { ChatSession } from '../../../src/node/chats/session.js'
import { TakingUp } from '../../../src/node/chats/taking-up.js'
import { ReadOnlyError } from '../../../src/protocol/wire/index.js'

describe('chats that are taken up', () => {
  it('are made once the disk takes them, and those that were made before it did not are begun at once', async () => {
    const [asked, begun]: [unknown[][], string[]] = [[], []]
    const all = Promise.withResolvers<undefined>()
    const session = (name: string): ChatSession => ({
      chat: { link: { state: 'refused', ready: async () => undefined } }, past: { writtenAt: 0 },
      start: () => { begun.push(name); if (begun.length === 40) all.resolve(undefined) }
    } as never)
    const made = new Map<unknown, ChatSession>()
    let isFull = true
    const taking = new TakingUp({
      vault: { soft: false, onKnown: () => undefined } as never, turns: new RankedTurns(4), log: () => undefined,
      make: async given => {
        asked.push([...given])
        if (isFull && asked.length === 2) {
          isFull = false
          throw new ReadOnlyError('the disk is full')
        }
        return given.flatMap(name => {
          if (made.has(name)) return []
          made.set(name, session(name as string))
          return [made.get(name)!]
        })
      }
    })
    for (let i = 0; i < 40; i++) taking.came(`chat-key/${i}`, `${i}`)
    taking.start()
    await all.promise
    assert.equal(new Set(begun).size, 40)
    assert.equal(asked.length, 4)
    await taking.stop()
  })
})
