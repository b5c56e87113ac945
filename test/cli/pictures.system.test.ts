import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const PICTURES = pathToFileURL(join(import.meta.dirname, '../../dist/cli/terminal/pictures.js')).href
const PATIENCE_MS = 15_000
const LOOK_MS = 50

/** Draws two pictures beside each other between lines of text, as a chat does. tmux moves the cursor as told and draws nothing. */
const script = (form: string, before: number): string => `import { drawnLines } from ${JSON.stringify(PICTURES)}
const picture = { columns: 20, rows: 4, bytes: new Uint8Array(5000) }
const lines = [...Array.from({ length: ${before} }, (_, i) => 'before ' + i), ...drawnLines('${form}', [picture, { ...picture, rows: 3 }], 2, 80), 'after']
process.stdout.write(lines.map(line => line + '\\n').join(''))
setInterval(() => {}, 1000)
`

describe('pictures in a real terminal', () => {
  let folder: string
  let socket: string

  before(async function () { if (await run('tmux', ['-V']).then(() => false, () => true)) this.skip() })
  beforeEach(async () => { folder = await mkdtemp(join(tmpdir(), 'petrel-pictures-')); socket = join(folder, 'tmux') })
  afterEach(async () => {
    await run('tmux', ['-S', socket, 'kill-server']).catch(() => undefined)
    await rm(folder, { recursive: true, force: true })
  })

  for (const form of ['kitty', 'iterm']) {
    for (const before of [1, 9, 30]) {
      it(`take the room that was made for them, and no line is lost or written over (${form}, after ${before} lines of 10)`, async () => {
        const file = join(folder, 'draw.mjs')
        await writeFile(file, script(form, before))
        await run('tmux', ['-S', socket, '-f', '/dev/null', 'new-session', '-d', '-x', '80', '-y', '10', '-s', 'petrel', `'${process.execPath}' '${file}'`])
        let text = ''
        for (let waited = 0; !text.includes('after') && waited < PATIENCE_MS; waited += LOOK_MS) {
          text = (await run('tmux', ['-S', socket, 'capture-pane', '-p', '-t', 'petrel', '-S', '-'])).stdout
          await wait(LOOK_MS)
        }
        const lines = text.split('\n').map(line => line.trimEnd())
        const expected = [...Array.from({ length: before }, (_, i) => `before ${i}`), '', '', '', '', 'after']
        assert.deepEqual(lines.slice(0, expected.length), expected)
      })
    }
  }
})
