import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { NodeDoor } from '../../src/cli/doors.js'
import { EXIT } from '../../src/cli/exit-codes.js'
import { interrupted } from '../../src/cli/interrupted.js'
import { saveBackup } from '../../src/node/backup/index.js'
import { AbortedError, PetrelError } from '../../src/protocol/api/index.js'
import { DecryptError } from '../../src/protocol/wire/index.js'
import { ACCOUNT, cli, fake, OTHER, type Ran } from './support.js'

const WORDS = Array.from({ length: 24 }, () => 'abandon').join(' ')

describe('the commands that keep and bring back a home', () => {
  let cwd: string
  let asked: Array<{ name: string, given: Record<string, unknown> }>
  beforeEach(async () => {
    cwd = await mkdtemp(join(tmpdir(), 'petrel-keeping-'))
    asked = []
    await writeFile(join(cwd, 'pass'), 'correct horse\n')
    await writeFile(join(cwd, 'words'), `${WORDS}\n`)
  })
  afterEach(async () => { await rm(cwd, { recursive: true }) })

  const kept = { account: ACCOUNT, name: 'Ada', time: 0, records: 3, blocks: 1, media: true }
  const node = {
    saveBackup,
    verifyBackup: async (file: string, unlock: unknown) => { asked.push({ name: 'verify', given: { file, unlock } }); return kept },
    restoreBackup: async (given: Record<string, unknown>) => { asked.push({ name: 'restore', given }); return { ...kept, device: OTHER } },
    recoverHome: async (given: { revokeOthers: (others: number) => Promise<boolean> }) => {
      asked.push({ name: 'recover', given: { ...given, revoked: await given.revokeOthers(2) } })
      return { account: ACCOUNT, device: OTHER, name: 'Ada', contacts: 1, chats: 2, devices: 2, generation: 2 }
    },
    unlockOfWords: async (words: string) => ({ kind: 'phrase', kem: words.trim() }),
    cardOfWords: async (words: string) => ({ account: words.trim() === WORDS ? ACCOUNT : OTHER, card: Uint8Array.of(1, 2, 3) })
  } as unknown as NodeDoor
  const run = async (args: string[], { petrel }: Partial<Pick<ReturnType<typeof fake>, 'petrel'>> = {}): Promise<Ran> =>
    await cli(args, { ...(petrel === undefined ? {} : { petrel }), doors: { node: async () => node }, io: { cwd, userHome: cwd } })

  it('write a backup with what opens it, and never over a file that is there', async () => {
    const { petrel, calls } = fake({ backup: async function * () { yield Buffer.from('the backup') } })
    const { code, out } = await run(['backup', 'create', 'home.backup', '--passphrase-file', 'pass', '--media'], { petrel })
    assert.equal(code, 0)
    assert.equal(out, `${join(cwd, 'home.backup')}  10 B\n`)
    assert.equal(await readFile(join(cwd, 'home.backup'), 'utf8'), 'the backup')
    assert.deepEqual(calls.find(([name]) => name === 'backup')?.[1], { passphrase: 'correct horse', media: true })
    assert.equal((await run(['backup', 'create', 'home.backup'], { petrel })).code, 1)
    // Where nobody can be asked, the words alone open it.
    assert.equal((await run(['backup', 'create', 'home.backup', '--force'], { petrel })).code, 0)
    assert.deepEqual(calls.filter(([name]) => name === 'backup').at(-1)?.[1], { media: false })
  })

  it('say of a restore that was interrupted that the same command goes on, and of one that failed nothing of the kind', async () => {
    const note = `What came stays in a hidden directory in ${join(cwd, 'new')}: the same command goes on from there.\n`
    for (const [exit, words, came] of [[EXIT.interrupted, 'interrupted', true], [EXIT.terminated, 'terminated', true], [EXIT.interrupted, 'interrupted', false]] as const) {
      const ending = new AbortController()
      const restoreBackup = async ({ signal, dir }: { signal: AbortSignal, dir: string }): Promise<never> => {
        await (came ? mkdir(join(dir, '.restoring-1'), { recursive: true }) : rm(dir, { recursive: true, force: true }))
        ending.abort(interrupted(exit))
        // As it rejects once it has seen that.
        throw new AbortedError(undefined, { cause: signal.reason })
      }
      const { code, out, err } = await cli(['--home', 'new', 'backup', 'restore', 'b', '--passphrase-file', 'pass'], { doors: { node: async () => ({ ...node, restoreBackup }) as unknown as NodeDoor }, io: { cwd, userHome: cwd, signal: ending.signal } })
      assert.deepEqual([code, out, err], [exit, '', `${came ? note : ''}petrel: ${words}\n`])
    }
    const restoreBackup = async (): Promise<never> => { throw new DecryptError('nothing given opens the backup') }
    const { code, err } = await cli(['--home', 'new', 'backup', 'restore', 'b', '--passphrase-file', 'pass'], { doors: { node: async () => ({ ...node, restoreBackup }) }, io: { cwd, userHome: cwd } })
    assert.deepEqual([code, err], [1, 'petrel: nothing given opens the backup\n'])
  })

  it('open a backup by a passphrase or the words, and say when neither is there', async () => {
    assert.equal((await run(['backup', 'verify', 'b', '--passphrase-file', 'pass'])).code, 0)
    assert.equal((await run(['backup', 'verify', 'b', '--words-file', 'words'])).code, 0)
    assert.deepEqual(asked.map(({ given }) => given.unlock), [{ kind: 'passphrase', passphrase: 'correct horse' }, { kind: 'phrase', kem: WORDS }])
    assert.equal((await run(['backup', 'verify', 'b'])).code, 2)
    assert.equal((await run(['backup', 'verify', 'b', '--words-file', 'words', '--passphrase-file', 'pass'])).code, 2)
    for (const flags of [['--words-file', 'nowhere'], ['--passphrase-file', 'nowhere']]) {
      const missing = await run(['backup', 'verify', 'b', ...flags])
      assert.deepEqual([missing.code, missing.err], [4, 'petrel: there is no file nowhere\n'])
    }
    assert.match((await run(['backup', 'verify', 'b', '--words-file', '.'])).err, /is a directory/)
    const { code, out, err } = await run(['backup', 'restore', 'b', '--words-file', 'words', '--home-passphrase-file', 'pass'])
    assert.equal(code, 0)
    assert.deepEqual(new Set(out.trimEnd().split('\n').map(line => line.slice(0, 9).trim())), new Set(['name', 'account', 'made', 'holds', 'device', 'home']))
    assert.deepEqual(asked.at(-1)!.given.homeUnlock, { kind: 'passphrase', passphrase: 'correct horse' })
    assert.match(err, /new device, which the account has to let in.*init --recover/)
  })

  it('recover with the words from a file, end no other device unless told, and take no words as arguments', async () => {
    const { code, out, err } = await run(['init', '--recover', '--relay', '/x', '--relay', '/y', '--words-file', 'words'])
    assert.equal(code, 0, err)
    assert.match(out, /2 chats, 1 contact/)
    assert.match(err, /devices revoke/)
    const { given } = asked[0]!
    assert.deepEqual([given.relays, given.revoked, given.unlock, (given.words as string).trim()], [['/x', '/y'], false, { kind: 'keyfile' }, WORDS])
    assert.equal((await run(['init', '--recover', '--relay', '/x', '--words-file', 'words', '--revoke-others'])).code, 0)
    assert.equal(asked[1]!.given.revoked, true)
    assert.equal((await run(['init', '--recover', '--relay', '/x'])).code, 2, 'nobody can be asked')
    assert.equal((await run(['init', '--recover', ...WORDS.split(' ')])).code, 2)
    assert.equal((await run(['init', '--relay', '/x'])).code, 2, 'without --recover it means nothing')
    assert.equal(asked.length, 2)
  })

  it('hand the daemon a card and not the words', async () => {
    const { petrel, calls } = fake()
    assert.equal((await run(['account', 'recovery', '--words-file', 'words'], { petrel })).code, 0)
    assert.deepEqual(calls.find(([name]) => name === 'setRecoveryCard')?.[1], 'AQID')
    assert.ok(!JSON.stringify(calls).includes('abandon'))
    await writeFile(join(cwd, 'words'), 'others')
    assert.equal((await run(['account', 'recovery', '--words-file', 'words'], { petrel })).code, 2)
  })

  it('say that a backup goes on when the daemon was lost', async () => {
    const { petrel } = fake({ backup: async function * () { yield Buffer.from('some'); throw new PetrelError('ERR_UNAVAILABLE', 'gone') } })
    const { code, err } = await run(['backup', 'create', 'home.backup', '--passphrase-file', 'pass'], { petrel })
    assert.equal(code, 6)
    assert.match(err, /the same command goes on/)
  })
})
