/**
 * The process that looks at files. It holds no key, has no environment and dies as soon as it takes too much memory
 * or its parent is gone: whatever a file does to a decoder, it does it here.
 */
import { LIMITS } from '../../../protocol/wire/limits.js'
import { Damaged } from '../damaged.js'
import type { ByteSource } from '../types.js'
import { look } from './look.js'
import type { FromChild, Job, ToChild } from './messages.js'
import { Missing } from './missing.js'

/** Decoders run on other threads, so this one is free to look. */
const LOOK_MS = 5
const TOO_MUCH_MEMORY = 3

let answer: ((bytes: Uint8Array) => void) | undefined

process.on('disconnect', () => { process.exit(0) })
process.on('message', (message: ToChild) => {
  if ('bytes' in message) answer?.(message.bytes)
  else void run(message.job).then(say)
})
setInterval(() => { if (process.memoryUsage.rss() > LIMITS.lookerBytes) process.exit(TOO_MUCH_MEMORY) }, LOOK_MS).unref()

function say (message: FromChild): void { process.send?.(message) }

async function run (job: Job): Promise<FromChild> {
  try {
    return { result: await done(job, sourceOf(job.size)) }
  } catch (error) {
    if (error instanceof Missing) return { missing: error.message }
    return { damaged: error instanceof Damaged ? error.message : `it cannot be read: ${String(error)}` }
  }
}

async function done (job: Job, source: ByteSource): Promise<unknown> {
  switch (job.do) {
    case 'look': return await look(source, job.type)
    case 'picture': return await (await import('./picture.js')).picture(await source.read(0, job.size, {}), job.order)
    case 'sound': return await (await import('./sound.js')).sound(source, job)
  }
}

/** The file, which the parent has. */
function sourceOf (size: number): ByteSource {
  return {
    size,
    read: async (start, end) => {
      const out = new Uint8Array(end - start)
      for (let at = start; at < end; at += LIMITS.chunkBytes) {
        const to = Math.min(end, at + LIMITS.chunkBytes)
        const { promise, resolve } = Promise.withResolvers<Uint8Array>()
        answer = resolve
        say({ read: [at, to] })
        out.set(await promise, at - start)
      }
      return out
    }
  }
}
