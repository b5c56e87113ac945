import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'

describe('examples/in-process.ts', function () {
  this.timeout(60_000)

  it('runs a relay and two people in one process, and a message arrives', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', join(import.meta.dirname, '../../examples/in-process.ts')])
    assert.equal(stdout, 'alice: hello from the same process (delivered)\n')
  })
})
