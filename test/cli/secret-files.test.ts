import assert from 'node:assert/strict'
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { MediaDraft, SecretSendOptions } from '../../src/protocol/api/index.js'
import { BYTES, cli, fake, file, MESSAGE_ID, secretLine } from './support.js'

describe('files of secret chats on the command line', () => {
  let cwd: string
  beforeEach(async () => { cwd = await mkdtemp(join(tmpdir(), 'petrel-secret-')) })
  afterEach(async () => { await rm(cwd, { recursive: true }) })

  it('are taken in for a secret chat alone, and sent with their caption', async () => {
    await writeFile(join(cwd, 'a.txt'), 'a')
    await writeFile(join(cwd, 'b.txt'), 'b')
    const drafts: MediaDraft[] = []
    const sent: Array<[string, SecretSendOptions]> = []
    const { petrel } = fake({
      addMedia: async (draft, bytes) => {
        drafts.push(draft)
        for await (const _ of bytes) { /* read */ }
        return { file: file({ id: 'bafymedia', name: draft.name ?? null }), notes: [] }
      },
      sendSecret: async (_, text, options = {}) => {
        sent.push([text, options])
        return { ...secretLine, own: true, state: 'waiting', text, media: [file()] }
      }
    })
    const { code, out } = await cli(['secret', 'send', 'ada', 'two', '--attach', 'a.txt', 'b.txt'], { petrel, io: { cwd } })
    assert.equal(code, 0)
    assert.deepEqual(drafts.map(({ name, secret }) => [name, secret]), [['a.txt', true], ['b.txt', true]])
    assert.deepEqual(sent.map(([text, { media }]) => [text, media]), [['two', ['bafymedia', 'bafymedia']]])
    assert.match(out, /\[photo\] holiday\.jpg/)
  })

  it('need a file for what is said of files, and something to say', async () => {
    for (const args of [[], ['hi', '--as', 'photo'], ['hi', '--keep-metadata']]) {
      const { code } = await cli(['secret', 'send', 'ada', ...args], { petrel: fake().petrel, io: { cwd } })
      assert.equal(code, 2)
    }
  })

  it('are saved under harmless names, or written to stdout', async () => {
    const { petrel } = fake({ secretLines: async () => [{ ...secretLine, media: [file({ name: '../../etc/.profile' }), file({ name: 'b.jpg' })] }] })
    assert.equal((await cli(['secret', 'save', 'ada', MESSAGE_ID.slice(0, 8)], { petrel, io: { cwd } })).code, 0)
    assert.deepEqual((await readdir(cwd)).sort(), ['_profile', 'b.jpg'])
    assert.deepEqual(await readFile(join(cwd, 'b.jpg')), BYTES)
    assert.equal((await cli(['secret', 'save', 'ada', MESSAGE_ID, '--item', '2', '-o', '-'], { petrel, io: { cwd } })).out, BYTES.toString())
    assert.equal((await cli(['secret', 'save', 'ada', MESSAGE_ID, '--item', '3'], { petrel, io: { cwd } })).code, 4)
    assert.equal((await cli(['secret', 'save', 'ada', MESSAGE_ID], { petrel: fake().petrel, io: { cwd } })).code, 4)
  })
})
