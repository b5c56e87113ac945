import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Update } from '../../src/protocol/api/index.js'
import { EXIT } from '../../src/cli/exit-codes.js'
import { interrupted } from '../../src/cli/interrupted.js'
import { acknowledger } from '../../src/cli/commands/acknowledger.js'
import { cli, fake, message, MESSAGE_ID, NOW, untilGivenUp } from './support.js'

const updates = (texts: string[]): Update[] => texts.map((text, i) => ({ n: i + 1, at: NOW, event: { type: 'message', message: message({ text }) } }))

describe('petrel receive', () => {
  it('prints one JSON object per update and acknowledges the last for the default consumer', async () => {
    const { petrel, acknowledged, calls } = fake({}, updates(['a', 'b', 'c']))
    const { code, lines } = await cli(['receive', '--json'], { petrel })
    assert.equal(code, 0)
    assert.deepEqual(lines().map(line => [line.v, line.update!.n, line.update!.event!.message!.text]), [[1, 1, 'a'], [1, 2, 'b'], [1, 3, 'c']])
    assert.deepEqual(acknowledged.at(-1), ['cli', 3])
    assert.deepEqual(calls[0], ['receive', { follow: false, consumer: 'cli' }])
  })

  it('acknowledges an update only once stdout has it', async () => {
    const { petrel, acknowledged } = fake({}, updates(['a', 'b']))
    const seen: number[] = []
    const write = async (): Promise<void> => {
      seen.push(acknowledged.length)
      await new Promise(resolve => { setImmediate(resolve) })
      assert.equal(acknowledged.length, seen.at(-1), 'nothing was acknowledged while it was being written')
    }
    await cli(['receive'], { petrel, io: { write } })
    assert.deepEqual(acknowledged.at(-1), ['cli', 2])
  })

  it('ends in peace when the reader goes, and what it did not take is not acknowledged', async () => {
    const { petrel, acknowledged } = fake({}, updates(['a', 'b', 'c']))
    let writes = 0
    const write = async (): Promise<void> => { if (++writes === 2) throw Object.assign(new Error('gone'), { code: 'EPIPE' }) }
    const { code, err } = await cli(['receive'], { petrel, io: { write } })
    assert.deepEqual([code, err], [0, ''])
    assert.deepEqual(acknowledged, [['cli', 1]])
  })

  it('reads again from a number without moving a cursor, unless a consumer is named', async () => {
    const first = fake({}, updates(['a']))
    await cli(['receive', '--after', '0'], { petrel: first.petrel })
    assert.deepEqual([first.acknowledged, first.calls[0]], [[], ['receive', { follow: false, after: 0 }]])
    const second = fake({}, updates(['a']))
    await cli(['receive', '--after', '0', '--consumer', 'bot'], { petrel: second.petrel })
    assert.deepEqual(second.acknowledged, [['bot', 1]])
  })

  it('follows until Ctrl-C, ends with 130, and has acknowledged what it printed', async () => {
    const controller = new AbortController()
    const { petrel, acknowledged } = fake({
      receive: async function * ({ signal } = {}) {
        yield * updates(['a'])
        await untilGivenUp(signal)
      }
    })
    const running = cli(['receive', '--follow'], { petrel, io: { signal: controller.signal, write: async () => { setImmediate(() => { controller.abort(interrupted(EXIT.interrupted)) }) } } })
    assert.equal((await running).code, 130)
    assert.deepEqual(acknowledged, [['cli', 1]])
  })

  describe('--exec', () => {
    let folder: string
    before(async () => { folder = await mkdtemp(join(tmpdir(), 'petrel-exec-')) })
    after(async () => { await rm(folder, { recursive: true }) })

    it('runs the command per update, with the JSON on stdin and facts in variables that no shell runs', async () => {
      const { petrel, acknowledged } = fake({}, updates(['$(touch pwned)', 'b']))
      const command = `cat >> ${folder}/in; echo "$PETREL_N $PETREL_TYPE $PETREL_FROM_NAME $PETREL_ID $PETREL_TEXT" >> ${folder}/env`
      assert.equal((await cli(['receive', '--exec', command], { petrel, io: { env: { ...process.env } } })).code, 0)
      assert.deepEqual((await readFile(`${folder}/in`, 'utf8')).trim().split('\n').map(line => JSON.parse(line).update.n), [1, 2])
      assert.equal(await readFile(`${folder}/env`, 'utf8'), `1 message Ada ${MESSAGE_ID} $(touch pwned)\n2 message Ada ${MESSAGE_ID} b\n`)
      assert.deepEqual(acknowledged.at(-1), ['cli', 2])
    })

    it('covers what is a spoiler in the variable that is shown to somebody, and says what is silent', async () => {
      const hidden = message({ text: 'it was Bob', entities: [{ type: 'spoiler', offset: 7, length: 3 }], silent: true })
      const { petrel } = fake({}, [{ n: 1, at: NOW, event: { type: 'message', message: hidden } }])
      await cli(['receive', '--exec', `echo "$PETREL_TEXT $PETREL_SILENT $PETREL_MENTIONS_ME" > ${folder}/hidden`], { petrel, io: { env: { ...process.env } } })
      assert.equal(await readFile(`${folder}/hidden`, 'utf8'), 'it was ▒▒▒ 1 0\n')
    })

    it('stops at a command that fails, and does not acknowledge its update', async () => {
      const { petrel, acknowledged } = fake({}, updates(['a', 'b', 'c']))
      const { code, err } = await cli(['receive', '--exec', '[ "$PETREL_N" != 2 ]'], { petrel, io: { env: { ...process.env } } })
      assert.equal(code, 6)
      assert.match(err, /exit code 1 for update 2/)
      assert.deepEqual(acknowledged, [['cli', 1]])
    })
  })

  it('gathers acknowledgements: one at a time, the newest next', async () => {
    const sent: number[] = []
    let release = (): void => {}
    const { acknowledge, settled } = acknowledger(async n => { sent.push(n); await new Promise<void>(resolve => { release = resolve }) })
    for (const n of [1, 2, 3]) acknowledge(n)
    assert.deepEqual(sent, [1])
    release()
    await new Promise(resolve => { setImmediate(resolve) })
    assert.deepEqual(sent, [1, 3])
    release()
    await settled()
  })
})
