/**
 * Loaded into a process that is watched (`--import`): at SIGUSR2 it collects its garbage and adds a line to a file of its own
 * in GAUGE_DIR, with what it then has of heap, memory outside of it, and handles of each kind. So a slope is of what is kept,
 * not of when the garbage was last collected.
 */
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

const directory = process.env['GAUGE_DIR']
if (directory !== undefined) {
  process.on('SIGUSR2', () => {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    collect()
    collect()
    const { heapUsed, external, arrayBuffers } = process.memoryUsage()
    const kinds: Record<string, number> = {}
    for (const kind of process.getActiveResourcesInfo()) kinds[kind] = (kinds[kind] ?? 0) + 1
    appendFileSync(join(directory, `${process.pid}.jsonl`), `${JSON.stringify({ heapUsed, external, arrayBuffers, handles: process.getActiveResourcesInfo().length, kinds })}\n`)
  })
}
