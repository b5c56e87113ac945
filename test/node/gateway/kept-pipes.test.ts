/** The frames that a relay keeps for this device: which of them it says that it has. */
import assert from 'node:assert/strict'
import { METHOD, pb } from '../../../src/protocol/wire/index.js'
import { KeptAddresses } from '../../../src/node/gateway/kept-pipes.js'

const address = new Uint8Array(32).fill(1)

/** A device and its relay's word to it. What the handler is told of `refused` it throws at. */
function device (): { kept: KeptAddresses, refused: Set<string>, got: string[], taken: number[], asked: number[], push: (text: string, number: number, again: number) => Promise<void> } {
  const [refused, got, taken, asked] = [new Set<string>(), [] as string[], [] as number[], [] as number[]]
  const channel = { call: async (method: number, body: Uint8Array) => { if (method === METHOD.pipeTaken) taken.push(pb.PipeTakenRequest.decode(body).through) } }
  const kept = new KeptAddresses({ session: { number: 1, channel } } as never, { call: async ({ body }: { body: Uint8Array }) => { asked.push(pb.PipeAddressesRequest.decode(body).again) } } as never)
  kept.onFrame(async (_at, frame) => {
    const text = Buffer.from(frame).toString()
    if (refused.has(text)) throw new Error('not now')
    got.push(text)
  })
  return { kept, refused, got, taken, asked, push: async (text, number, again) => { await kept.push({ body: pb.KeptPush.encode({ address, frame: new Uint8Array(Buffer.from(text)), number, again }) } as never) } }
}

describe('frames that a relay kept', () => {
  it('are not taken while one before them was not, also when that is asked for again and they were on their way meanwhile', async () => {
    const { kept, refused, got, taken, asked, push } = device()
    await kept.keep([address])
    refused.add('one')
    await push('one', 1, 0)
    await push('two', 2, 0)
    assert.deepEqual([got, taken], [[], []])
    refused.clear()
    const again = kept.keep([address], { again: true })
    // The relay sent it before it heard that.
    await push('three', 3, 0)
    await again
    assert.deepEqual([got, taken], [[], []], 'the relay would drop the first with it')
    assert.deepEqual(asked, [0, 1])
    for (const [i, text] of ['one', 'two', 'three'].entries()) await push(text, i + 1, 1)
    assert.deepEqual([got, taken], [['one', 'two', 'three'], [1, 2, 3]])
  })

  it('are asked for again with a higher number each time, and begin anew in each session', async () => {
    const { kept, refused, got, push, asked } = device()
    await kept.keep([address])
    for (let i = 0; i < 2; i++) await kept.keep([address], { again: true })
    assert.deepEqual(asked, [0, 1, 2])
    refused.add('one')
    await push('one', 1, 2)
    refused.clear()
    kept.session({ number: 2, channel: { call: async () => new Uint8Array() } } as never)
    await push('one', 1, 0)
    assert.deepEqual(got, ['one'])
  })
})
