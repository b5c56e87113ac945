/**
 * The least that stores and forwards: a libp2p stream under Noise, frames gathered into one write, one synced batch of
 * Level for all that waits, and nothing else. No log, no chain, no receipt, no session, no limit. What a relay is compared with.
 *
 * A sender writes `length (4) ‖ number (8) ‖ entry`, and gets each `number` back once the entry is on the disk; who opens the
 * other stream gets every frame then.
 */
import type * as Ground from './ground.js'

const { run } = await import(new URL('ground.ts', import.meta.url).href) as typeof Ground

let key = 0

await run<{ readonly frame: Uint8Array, readonly back: Ground.Back }>({
  name: 'loop',
  frames: 'own',
  take: back => frame => ({ frame, back }),
  rows: (group, put) => {
    for (const { frame } of group) {
      const name = new Uint8Array(8)
      new DataView(name.buffer).setFloat64(0, key++)
      put(name, frame.subarray(12))
    }
  },
  written: (group, followers) => {
    for (const { frame, back } of group) {
      back.add(frame.subarray(4, 12))
      for (const follower of followers) follower.add(frame)
    }
  }
})
