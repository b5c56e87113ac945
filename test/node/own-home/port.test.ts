import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { lanHost } from '../../../src/node/own-home/index.js'
import { createHost } from '../../../src/relay/net/index.js'

describe('the port of a node that others dial', () => {
  let dir: string
  beforeEach(async () => { dir = await mkdtemp(join(tmpdir(), 'petrel-port-')) })
  afterEach(async () => { await rm(dir, { recursive: true }) })

  /** The port of one run. */
  async function run (): Promise<number> {
    const host = await lanHost(dir, async listen => await createHost({ role: 'node', seed: new Uint8Array(32).fill(9), serves: true, listen }), () => undefined)
    const port = Number(/\/tcp\/(\d+)/.exec(host.addresses()[0] ?? '')?.[1])
    await host.stop()
    assert.equal(await portFile(), `${port}\n`)
    return port
  }
  const portFile = async (): Promise<string> => await readFile(join(dir, 'served', 'port'), 'utf8')

  it('is the same from one run to the next', async () => {
    const first = await run()
    assert.ok(first > 0)
    assert.equal(await run(), first)
  })

  it('is another when somebody has taken it, from then on', async () => {
    const first = await run()
    const thief = createServer().listen(first, '0.0.0.0')
    await once(thief, 'listening')
    const second = await run()
    thief.close()
    assert.notEqual(second, first)
    assert.equal(await run(), second)
  })

  it('is a free one when the file holds anything else', async () => {
    const first = await run()
    await writeFile(join(dir, 'served', 'port'), `${first}; rm -rf /\n`)
    assert.ok(await run() > 0)
  })
})
