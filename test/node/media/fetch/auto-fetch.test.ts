import assert from 'node:assert/strict'
import { AutoFetch, type AutoFetchParts } from '../../../../src/node/media/fetch/auto-fetch.js'
import type { Wanted } from '../../../../src/node/media/fetch/fetcher.js'
import type { Update } from '../../../../src/protocol/api/index.js'
import { LIMITS, QuotaError, UnavailableError } from '../../../../src/protocol/wire/index.js'
import { file, message } from '../../../cli/support.js'

/** Tries one photo as long as `fetch` fails. Gives the pauses between the tries. */
async function pausesOf (fetch: (tries: number) => Promise<void>): Promise<number[]> {
  const pauses: number[] = []
  let tries = 0
  const done = Promise.withResolvers<undefined>()
  const update = { n: 1, event: { type: 'message', message: message({ own: false, media: [file({ size: 10 })] }) } } as unknown as Update
  const updates: Pick<AutoFetchParts['updates'], 'cursor' | 'acknowledge' | 'read' | 'last'> = {
    last: 1,
    cursor: async () => await Promise.resolve(0),
    acknowledge: async () => { if (tries > 0) done.resolve(undefined); await Promise.resolve() },
    read: async function * () { yield await Promise.resolve(update) }
  }
  const auto = new AutoFetch({
    updates: updates as AutoFetchParts['updates'], limit: LIMITS.mediaAutoBytes, log: () => undefined,
    fetcher: { fetch: async () => { await fetch(++tries) } },
    find: async () => await Promise.resolve({} as Wanted),
    pause: async ms => { pauses.push(ms); await Promise.resolve() }
  })
  auto.start()
  await done.promise
  await auto.stop()
  return pauses
}

const away = (cause?: unknown): UnavailableError => new UnavailableError('nobody', { cause })

describe('a photo that is fetched by itself', () => {
  it('is tried a few times, each time later, while nobody can be reached', async () => {
    assert.deepEqual(await pausesOf(async () => await Promise.reject(away())), [1, 2, 4, 8].map(n => n * LIMITS.mediaAutoRetryMs))
  })

  it('is tried as often as a relay asks for time: it comes in the end', async () => {
    const pauses = await pausesOf(async tries => { if (tries <= 20) throw await Promise.resolve(away(new QuotaError('too many wait', { details: { retryMs: 5 } }))) })
    assert.deepEqual(pauses, Array.from({ length: 20 }, () => LIMITS.mediaAutoRetryMs))
  })
})
