import assert from 'node:assert/strict'
import { Forwarder } from '../../src/relay/mirrors/forwarder.js'
import { ForbiddenError, METHOD, pb, PetrelError, type KeyBytes } from '../../src/protocol/wire/index.js'
import { brokenLane } from '../../src/relay/logs/lanes.js'
import { failureOf } from '../../src/relay/failures.js'
import type { GatewayChannel } from '../../src/relay/net/index.js'
import { fill, key } from '../protocol/wire/kit.js'

describe('relay: appends that a mirror forwards', () => {
  it('are not sent again under a key that was proved meanwhile: what was sealed before a commit would be taken for what came after it', async () => {
    const [before, after] = [key(1).key, key(2).key]
    const calls: Array<{ id: Uint8Array, answer: (outcome: pb.AppendOutcome) => void }> = []
    const channel = {
      isClosed: false,
      call: async (method: number, body: Uint8Array) => {
        assert.equal(method, METHOD.append)
        const [item] = pb.AppendRequest.decode(body).items
        const outcome = await new Promise<pb.AppendOutcome>(resolve => { calls.push({ id: item!.id, answer: resolve }) })
        return pb.AppendReply.encode({ outcomes: [outcome] })
      }
    } as unknown as GatewayChannel
    let proved: KeyBytes | undefined = before
    const forwarder = new Forwarder(fill(34), () => proved)
    const send = (n: number, by: KeyBytes): Promise<pb.AppendReply> => forwarder.send(channel, {
      items: [{ id: fill(16, n), kind: 0, payload: fill(4), erasers: [], base: undefined, caps: undefined, expectHead: undefined }], runs: false, lane: { broken: false } as never, key: by, deadlineMs: 1000
    })
    // The first is refused for itself, the second for standing behind it; then the next key is proved, which the home takes a while for.
    const [first, second] = [send(1, before), send(2, before)]
    calls[1]!.answer({ duplicate: false, failure: failureOf(brokenLane()) })
    await new Promise(resolve => setImmediate(resolve))
    proved = undefined
    calls[0]!.answer({ duplicate: false, failure: failureOf(new ForbiddenError('replaced')) })
    await first
    await assert.rejects(second, (error: unknown) => error instanceof PetrelError && error.code === ForbiddenError.code)
    assert.equal(calls.length, 2)
    proved = after
    const third = send(3, after)
    calls[2]!.answer({ duplicate: false, receipt: fill(3) })
    assert.equal((await third).outcomes.length, 1)
  })
})
