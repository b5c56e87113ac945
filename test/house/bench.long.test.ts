import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'

const ROOT = join(import.meta.dirname, '../..')
const run = promisify(execFile)
interface Figure { readonly name: string, readonly value: number, readonly unit: string, readonly reference?: number, readonly ratio?: number, readonly machine: string }

/** What nobody else does, what is to stand still, or where nobody else may be installed: figures without a reference. */
const ALONE = new Set(['peers', 'recovery', 'soak', 'store', 'net', 'blobs', 'search'])
/** What must stand beside something, by the end of its figure's name: the bare loop, and that under the same promises. */
const BESIDE: Readonly<Record<string, readonly string[]>> = { relay: ['', '/promises', '/promises alone'].flatMap(of => [`1 × 1${of}/entries`, `1 × 1${of}/cpu`]) }

describe('npm run bench', function () {
  this.timeout(600_000)

  for (const name of ['relay', 'peers', 'message', 'fanout', 'catchup', 'growth', 'connections', 'person', 'media', 'groups', 'devices', 'secret', 'recovery', 'soak', 'store', 'mirror', 'net', 'blobs', 'search']) {
    it(`${name} gives figures, one line each, with what they stand beside`, async () => {
      const { stdout } = await run(process.execPath, [join(ROOT, 'scripts/bench.mjs'), '--json', '--smoke', name], { cwd: ROOT, maxBuffer: 10_000_000 })
      const figures = stdout.trim().split('\n').map(line => JSON.parse(line) as Figure)
      assert.ok(figures.length >= 3)
      assert.equal(new Set(figures.map(figure => figure.name)).size, figures.length, 'each has a name of its own')
      for (const figure of figures) {
        assert.ok(figure.name.startsWith(`${name}/`) && Number.isFinite(figure.value) && figure.unit !== '' && figure.machine !== '', JSON.stringify(figure))
        assert.equal(figure.ratio === undefined || Number.isFinite(figure.reference) && Number.isFinite(figure.ratio), true, JSON.stringify(figure))
      }
      assert.ok(ALONE.has(name) || figures.some(({ ratio }) => ratio !== undefined))
      for (const part of BESIDE[name] ?? []) assert.ok(figures.some(figure => figure.name.endsWith(part) && figure.ratio !== undefined), `nothing stands beside ${part}`)
    })
  }

  it('names what there is when something else is asked for', async () => {
    await assert.rejects(run(process.execPath, [join(ROOT, 'scripts/bench.mjs'), 'nothing'], { cwd: ROOT }), /benchmarks are .*relay.* flags --json, --readme/)
  })
})
