import assert from 'node:assert/strict'
import type { Chat } from '../../../src/node/chats/chat.js'
import { Following } from '../../../src/node/chats/following.js'
import type { PastOpener } from '../../../src/node/chats/past/opener.js'
import { ProofError, UnavailableError, type PetrelError } from '../../../src/protocol/wire/index.js'

const isOver = (): boolean => false

describe('the following of a chat\'s log', () => {
  /** A following, how its follows end, and what it told of that. */
  const following = (): { following: Following, ends: Array<(error: PetrelError) => void>, told: string[] } => {
    const ends: Array<(error: PetrelError) => void> = []
    const told: string[] = []
    const link = {
      follow: (_log: unknown, _after: number, _take: unknown, onEnd: (error: PetrelError) => void) => {
        ends.push(onEnd)
        return { stop: () => undefined }
      }
    }
    const chat = { link, log: new Uint8Array(34), cursor: { seq: 3 }, path: { begin: () => undefined }, serial: { run: async (work: () => Promise<void>) => { await work() } } }
    const past = { start: () => undefined, stop: () => undefined }
    const events = { onTaken: () => undefined, onAhead: () => undefined, onEnd: (error: PetrelError) => { told.push(error.code) }, ride: () => undefined }
    return { following: new Following(chat as unknown as Chat, past as unknown as PastOpener, events), ends, told }
  }

  it('tells of a lie that ends it', async () => {
    const { following: at, ends, told } = following()
    await at.begin(isOver)
    ends[0]!(new ProofError('a lie'))
    assert.deepEqual(told, ['ERR_PROOF'])
  })

  it('tells nothing of a lie of the relay that it has left: it would be laid to the one that is followed now', async () => {
    const { following: at, ends, told } = following()
    await at.begin(isOver)
    at.stop()
    ends[0]!(new ProofError('a lie'))
    await at.begin(isOver)
    ends[0]!(new ProofError('another'))
    assert.deepEqual(told, [])
    ends[1]!(new UnavailableError('away'))
    assert.deepEqual(told, ['ERR_UNAVAILABLE'])
  })
})
