/** Letting a device in from a script: the words of the other one come by stdin, and are asked for only once there are some. */
import assert from 'node:assert/strict'
import { AbortedError, type Petrel } from '../../src/protocol/api/index.js'
import { cli, fake, type Json } from './support.js'

describe('petrel devices approve without a terminal', () => {
  const answers: unknown[] = []
  const { petrel } = fake()
  const watched = { ...petrel, confirmDevice: async (id: string, matches: boolean) => { answers.push(matches); return await petrel.confirmDevice(id, matches) } }
  const approve = async (args: string[], input?: string): ReturnType<typeof cli> => {
    answers.length = 0
    return await cli(['--json', 'devices', 'approve', ...args], { petrel: watched, ...input === undefined ? {} : { input } })
  }

  it('lets it in with the words that the other one printed, and shows its own before it reads them', async () => {
    const { code, lines } = await approve(['petrel:link?x', '--words', '-'], 'Able, baker  charlie dog\n')
    assert.deepEqual([code, answers], [0, [true]])
    assert.deepEqual((lines()[0] as Json).meeting, { name: 'phone', words: ['able', 'baker', 'charlie', 'dog'] })
  })

  it('lets nobody in with other words, with none, or when nobody can be asked', async () => {
    for (const input of ['able baker charlie cat\n', '', 'able baker charlie', 'yes\n']) {
      const { code } = await approve(['petrel:link?x', '--words', '-'], input)
      assert.deepEqual([code, answers], [1, [false]], input)
    }
    assert.deepEqual([(await approve(['petrel:link?x'])).code, answers], [2, [false]])
  })

  it('says how far it got when its time is over', async () => {
    const never = async (_: unknown, __: unknown, o?: { signal?: AbortSignal }): Promise<never> => await new Promise((_resolve, reject) => { o?.signal?.addEventListener('abort', () => { reject(new AbortedError(undefined, { cause: o.signal?.reason })) }) })
    const rows: Array<[Partial<Petrel>, RegExp]> = [
      [{ approveDevice: async (link, o) => await never(link, undefined, o) }, /was not met in time, and nothing was changed/],
      [{ confirmDevice: never }, /did not say yes in time.*devices list.*devices revoke/]
    ]
    for (const [over, says] of rows) {
      const { code, err } = await cli(['devices', 'approve', 'petrel:link?x', '--words', 'able baker charlie dog', '--timeout', '50ms'], { petrel: fake(over).petrel })
      assert.equal(code, 6)
      assert.match(err, says)
    }
  })

  it('takes the link or the words from stdin, not both', async () => {
    assert.deepEqual([(await approve(['-', '--words', '-'], 'petrel:link?x')).code, answers], [2, []])
  })
})
