/**
 * Mirrors: appends and their delivery straight at a log's home, and through a relay that mirrors it, in one run on one
 * machine, so that the two can be compared with each other and with nothing else. One JSON line a figure.
 * Run: npx tsx bench/mirror.ts
 */
import { performance } from 'node:perf_hooks'
import { data, Pushes, type Client } from '../test/relay/kit/client.js'
import { MirrorScene } from '../test/relay/kit/mirrors.js'
import { compare, sayEach, sized } from './kit/figures.js'

const ENTRIES = sized(4000, 50)
const IN_FLIGHT = 64
const SINGLES = sized(200, 5)
const TEXT = 'x'.repeat(300)

const scene = await MirrorScene.create()
const { log, atHome, atMirror } = scene
await scene.begin()

/** Appends many entries, some in flight; per second. */
async function rate (client: Client): Promise<number> {
  let left = ENTRIES
  const start = performance.now()
  await Promise.all(Array.from({ length: IN_FLIGHT }, async () => { while (left-- > 0) await client.appendOne(log.id, data(TEXT)) }))
  return ENTRIES / (performance.now() - start) * 1000
}

/** Milliseconds from an append's call to its receipt, and to its push at somebody who follows at the other side. */
async function delivery (from: Client, to: Client, pushes: Pushes): Promise<{ receiptMs: number, pushMs: number }> {
  await to.follow(log.id, (await to.head(log.id)).seq)
  const receipts: number[] = []
  const arrivals: number[] = []
  for (let i = 0; i < SINGLES; i++) {
    const text = `${i} ${TEXT}`
    const seen = pushes.texts.length
    const start = performance.now()
    const arrived = pushes.until(() => pushes.texts.length > seen).then(() => { arrivals.push(performance.now() - start) })
    await from.appendOne(log.id, data(text))
    receipts.push(performance.now() - start)
    await arrived
  }
  return { receiptMs: median(receipts), pushMs: median(arrivals) }
}

function median (values: number[]): number { return Math.round((values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0) * 100) / 100 }

const carol = await scene.person()
const pushes = new Pushes()
const reader = await scene.come(carol, scene.home, pushes)
await scene.prove(reader)

const [home, mirror]: [number[], number[]] = [[], []]
for (let i = 0; i < 2; i++) {
  home.push(await rate(atHome))
  mirror.push(await rate(atMirror))
}
compare('mirror/appends by the mirror, beside the home', 'appends/s', mirror, home, 'more')
for (const [way, from, to, seen] of [['home to home', atHome, reader, pushes], ['home to mirror', atHome, atMirror, scene.pushes], ['mirror to home', atMirror, reader, pushes]] as const) {
  sayEach(`mirror/${way}`, await delivery(from, to, seen))
}
await scene.end()
