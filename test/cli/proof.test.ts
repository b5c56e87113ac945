import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readVectors } from '../protocol/vectors.js'
import { chat, cli, fake, NOW } from './support.js'

const vectors = readVectors('wire').vectors.filter(v => v.format === 'evidence')
const fork = vectors.find(v => v.note === 'two heads')!.bytes
const back = vectors.find(v => v.note === 'a head, and an entry that was there long before')!.bytes
const idle = readVectors('wire').refused.find(v => v.format === 'evidence' && v.why === 'they say the same')!.bytes

describe('petrel proof verify', () => {
  let dir: string
  before(async () => { dir = await mkdtemp(join(tmpdir(), 'petrel-proof-')) })
  after(async () => { await rm(dir, { recursive: true }) })

  /** Without a daemon, and without the doors to node and relay. */
  async function verify (bytes: Uint8Array, ...flags: string[]): ReturnType<typeof cli> {
    await writeFile(join(dir, 'proof'), bytes)
    return await cli(['proof', 'verify', 'proof', ...flags], { io: { cwd: dir } })
  }

  it('says what a file proves, to anybody', async () => {
    const { code, out } = await verify(fork)
    assert.equal(code, 0)
    assert.match(out, /^proved: relay 12D3Koo\w+ signed two histories of log b\w+\nnumber 4 in term 1 has the hashes b\w+ and b\w+\n$/)
    const held = await verify(back)
    assert.equal(held.code, 0)
    assert.match(held.out, /it had number 9 at 2023-11-14T\S+Z, and signed at 2023-11-14T\S+Z that the log ended at number 8/)
    assert.equal((await verify(fork, '--json')).json().proof!.kind, 'fork')
  })

  it('refuses a file that was tampered with, that proves nothing, or that is something else, each by its exit code', async () => {
    const tampered = await verify(fork.with(fork.length - 100, fork[fork.length - 100]! ^ 1))
    assert.equal(tampered.code, 1, tampered.err)
    assert.equal((await verify(idle)).code, 1)
    const other = await verify(Uint8Array.of(1, 2, 3))
    assert.equal(other.code, 2)
    assert.match(other.err, /this is no file of evidence/)
    assert.equal((await verify(new Uint8Array(300 * 1024))).code, 2)
    assert.equal((await cli(['proof', 'verify', 'nowhere'], { io: { cwd: dir } })).code, 1)
  })

  it('reads no more of what has no end than evidence can have', async function () {
    if (process.platform === 'win32') this.skip()
    const { code, err } = await cli(['proof', 'verify', '/dev/zero'], { io: { cwd: dir } })
    assert.equal(code, 2)
    assert.match(err, /has at most 262144 bytes/)
  })
})

describe('petrel chats show --proof', () => {
  let dir: string
  before(async () => { dir = await mkdtemp(join(tmpdir(), 'petrel-proof-')) })
  after(async () => { await rm(dir, { recursive: true }) })

  const caught = chat({
    alarm: 'two histories', caught: { kind: 'fork', seq: 4, at: NOW, claim: false, by: null, proof: 1 }, current: false,
    gaps: [{ of: 'log', from: 4, to: 4, account: '', name: '', since: NOW }, { of: 'member', from: 2, to: 3, account: 'a', name: 'Ada', since: NOW }]
  })
  const petrel = (proofs = 1) => fake({
    showChat: async () => ({ chat: caught, messages: [], hasMore: false }),
    listProofs: async () => Array.from({ length: proofs }, () => ({ n: 1, kind: 'fork' as const, message: 'two histories', seq: 4, at: NOW, evidence: Buffer.from(fork).toString('base64') }))
  }).petrel

  it('tells what was caught, what is missing and from whom, and how to go on', async () => {
    const { code, out } = await cli(['chats', 'show', 'ada', '--proof'], { petrel: petrel() })
    assert.equal(code, 0)
    assert.match(out, /^! two histories\n.*proved to anybody.*petrel chats resume 'Ada'\n/)
    assert.match(out, /number 4 of the chat, which the relay left out/)
    assert.match(out, /messages 2 to 3 of a device of Ada/)
    assert.match(out, /proof 1, .*: two histories\n$/)
  })

  it('writes the evidence to a new file, and the file verifies', async () => {
    const io = { cwd: dir }
    const { code, out } = await cli(['chats', 'show', 'ada', '--proof', '--output', 'evidence'], { petrel: petrel(), io })
    assert.equal(code, 0)
    assert.match(out, /wrote proof 1 to .*evidence/)
    assert.deepEqual(Uint8Array.from(await readFile(join(dir, 'evidence'))), Uint8Array.from(fork))
    assert.equal((await cli(['proof', 'verify', 'evidence'], { io })).code, 0)
    assert.equal((await cli(['chats', 'show', 'ada', '--proof', '--output', 'evidence'], { petrel: petrel(), io })).code, 1, 'it overwrites nothing')
  })

  it('says so when there is none, and takes no flags that make no sense together', async () => {
    assert.equal((await cli(['chats', 'show', 'ada', '--proof', '--output', 'none'], { petrel: petrel(0), io: { cwd: dir } })).code, 4)
    assert.match((await cli(['chats', 'show', 'ada', '--proof'], { petrel: petrel(0) })).out, /no evidence against the relay of Ada is kept/)
    assert.equal((await cli(['chats', 'show', 'ada', '--output', 'x'], { petrel: petrel() })).code, 2)
    assert.equal((await cli(['chats', 'show', 'ada', '--proof', '--limit', '3'], { petrel: petrel() })).code, 2)
  })

  it('names in the list what stands in the way', async () => {
    const { out } = await cli(['chats', 'list'], { petrel: fake({ listChats: async () => [caught, chat({ title: 'Bob', gaps: caught.gaps }), chat({ title: 'Eve', current: false })] }).petrel })
    assert.match(out, /Ada ! two histories/)
    assert.match(out, /Bob \(something is missing\)/)
    assert.match(out, /Eve \(not current\)/)
  })

  it('says of a group that one is out of just that: its relay tells who left nothing', async () => {
    const left = chat({ title: 'Birds', kind: 'group', members: 0, current: false, signedAt: null })
    const { petrel } = fake({ listChats: async () => [left], showChat: async () => ({ chat: left, messages: [], hasMore: false }) })
    assert.match((await cli(['chats', 'list'], { petrel })).out, /Birds \(out of it\)/)
    const { out, err } = await cli(['chats', 'show', 'Birds'], { petrel })
    assert.match(out + err, /this account is out of it/)
    assert.doesNotMatch(out + err, /not current/)
  })
})
