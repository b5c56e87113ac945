/** What comes by stdin may come late, or never. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { mock } from 'node:test'
import type { Io } from '../../src/cli/io.js'
import { cli, fake } from './support.js'

describe('a command that waits for its stdin', () => {
  const waiting = (args: string[]): ReturnType<typeof spawn> =>
    spawn(process.execPath, ['--import', 'tsx', join(import.meta.dirname, 'stdin-child.ts'), '--home', '/nowhere', ...args], { stdio: ['pipe', 'ignore', 'pipe'] })

  it('ends at the first Ctrl-C, and when the time is over that it was given, though nobody closes it', async () => {
    const stopped = waiting(['contacts', 'add', '-'])
    await once(stopped.stderr!, 'data')
    stopped.kill('SIGINT')
    assert.deepEqual(await once(stopped, 'exit'), [130, null])
    assert.deepEqual(await once(waiting(['contacts', 'add', '-', '--timeout', '50ms']), 'exit'), [6, null])
  })
})

describe('the time of a command', () => {
  beforeEach(() => { mock.timers.enable({ apis: ['setTimeout'] }) })
  afterEach(() => { mock.timers.reset() })

  /** A program before the pipe that takes a minute. */
  const slow: Io['readInput'] = async (_limit, { signal }) => {
    mock.timers.tick(60_000)
    signal.throwIfAborted()
    return Buffer.from('it is built')
  }

  it('begins once what it reads from stdin is there, so that a slow program may write it', async () => {
    const { petrel, calls } = fake()
    assert.equal((await cli(['send', 'ada', '-'], { petrel, io: { readInput: slow } })).code, 0)
    assert.equal(calls.find(([name]) => name === 'send')?.[2], 'it is built')
    const never = fake({ listChats: async ({ signal } = {}) => { mock.timers.tick(30_000); signal?.throwIfAborted(); return [] } }).petrel
    assert.equal((await cli(['chats'], { petrel: never })).code, 6)
  })

  it('counts from the beginning where the person said how long', async () => {
    const { petrel, calls } = fake()
    assert.equal((await cli(['send', 'ada', '-', '--timeout', '5s'], { petrel, io: { readInput: slow } })).code, 6)
    assert.deepEqual(calls, [])
  })

  it('may be longer than a timer counts', async () => {
    for (const time of ['30d', '60d', '3650d']) assert.equal((await cli(['chats', '--timeout', time], { petrel: fake({ listChats: async ({ signal } = {}) => { mock.timers.tick(1000); signal?.throwIfAborted(); return [] } }).petrel })).code, 0, time)
  })
})
