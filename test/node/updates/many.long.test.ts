import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const COUNT = 100_000
/** All of the updates together take several times as much. */
const MOST_BYTES = 24 * 1024 * 1024

interface Measured { readonly most: number, readonly read: number }

describe('a hundred thousand updates that wait', () => {
  it('are read as a stream, here and over the local API, in memory that does not grow with them', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'petrel-many-'))
    try {
      const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', '--import', 'tsx', join(import.meta.dirname, 'many-child.ts'), directory, `${COUNT}`])
      const { inProcess, overApi } = JSON.parse(stdout) as { inProcess: Measured, overApi: Measured }
      for (const { most, read } of [inProcess, overApi]) {
        assert.equal(read, COUNT)
        assert.ok(most < MOST_BYTES, `${most} bytes more were in use`)
      }
    } finally {
      await rm(directory, { recursive: true, force: true })
    }
  })
})
