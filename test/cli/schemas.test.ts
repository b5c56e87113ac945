import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import type { DaemonOptions, LinkHomeOptions } from '../../src/node/index.js'
import type { NodeDoor, RelayDoor } from '../../src/cli/doors.js'
import { ERROR_SCHEMA, OUTPUT_SCHEMAS } from '../../src/cli/schemas.js'
import type { CommandSpec } from '../../src/cli/command.js'
import { ROOT } from '../../src/cli/specs/root.js'
import { jsonSchemas } from '../../src/protocol/api/index.js'
import { readVectors } from '../protocol/vectors.js'
import { ACCOUNT, chat, cli, fake, message, MESSAGE_ID, NOW, OTHER, poll, type Setup, file, secretLine } from './support.js'

const ajv = new Ajv2020({ strict: false, validateFormats: false })
ajv.addSchema(jsonSchemas())

function assertFits (schema: object, value: unknown): void {
  const check = ajv.compile(schema)
  assert.ok(check(value), `${ajv.errorsText(check.errors)} in ${JSON.stringify(value)}`)
}

const ms = NOW.getTime()
const token = { id: 'abcd', label: 'for ada', uses: 1, used: 0, created: ms, expiresAt: null }
const copy = { directory: '/backup', logs: 1, entries: 2, records: 3, blocks: 4 }
const relay = {
  createRelay: async () => ({ peerId: OTHER, addresses: () => [`/ip4/127.0.0.1/tcp/1/p2p/${OTHER}`], healthUrl: undefined, stop: async () => {}, stopped: new Promise(() => {}) }),
  operator: {
    status: async () => ({
      peerId: OTHER, state: 'ready', addresses: [], admission: 'token', pid: 1, started: ms, store: { state: 'open', format: 1, created: ms, copied: ms, behind: 2, quietUntil: ms },
      channels: 1, sessions: 1, accounts: 1, logs: 1, moved: 0, coming: 0, bytes: 10, reports: 0,
      media: { leases: 1, bytes: 10, blocks: 1, storedBytes: 10, diskBytes: 58, uploads: 0, coming: 0 }
    }),
    drain: async () => ({ channels: 0, drain: { since: ms, total: 1, left: 0, calls: 0, done: true } }),
    sessions: async () => [{ account: 'a', device: 'b', role: 'hosted', opened: ms, expires: ms }],
    createToken: async () => ({ ...token, token: 'secret' }),
    listTokens: async () => [token],
    revokeToken: async () => token,
    takedown: async () => ({ log: 'blog', reason: 'law', time: ms }),
    liftTakedown: async () => {},
    listTakedowns: async () => [{ log: 'blog', reason: 'law', time: ms }],
    listReports: async () => [{ id: 'r', time: ms, log: 'blog', seq: 1, note: 'spam', message: 'AA==' }],
    dropReport: async () => {},
    backup: async () => copy,
    restore: async () => copy,
    doctor: async () => ({ ok: true, checks: [{ check: 'store', ok: true, detail: 'whole' }] })
  }
} as unknown as RelayDoor

const words = Array.from({ length: 24 }, () => 'abandon').join(' ')
const node = {
  createHome: async () => ({ words, account: new Uint8Array(), device: new Uint8Array() }),
  linkHome: async ({ onLink, confirm }: LinkHomeOptions) => {
    onLink('petrel:link?x')
    await confirm({ account: new Uint8Array(), accountName: 'Ann', device: new Uint8Array(), deviceName: 'laptop', words: ['able', 'baker', 'charlie', 'dog'] })
    return { account: new Uint8Array(), accountName: 'Ann', device: new Uint8Array() }
  },
  unlockKindOf: async () => 'keyfile',
  readConfig: () => ({ config: { keyfile: '', credential: 'petrel', listen: [], log_level: 'info' }, warnings: [] }),
  runDaemon: async ({ onReady }: DaemonOptions) => { onReady?.({ pid: 1, socket: '/s', account: ACCOUNT, device: OTHER }) }
} as unknown as NodeDoor

const kept = { account: ACCOUNT, name: 'Ada', time: ms, records: 3, blocks: 1, media: true }
const ended = new AbortController()
ended.abort()

/** A command line for each command, without `--json`. */
const LINES: Readonly<Record<string, string[]>> = {
  init: [], id: [], invite: [], 'invite list': [], 'invite revoke': ['b'], 'account rename': ['Ida'], 'account recovery': ['--words-file', 'passphrase'], 'account delete': ['--confirm', ACCOUNT],
  devices: [], 'devices list': [], 'devices link': ['--words', 'able baker charlie dog'], 'devices approve': ['petrel:link?x', '--words', 'able baker charlie dog'], 'devices rename': ['laptop', 'desk'], 'devices revoke': ['phone'],
  'daemon run': ['-q'], 'daemon start': [], 'daemon stop': [], 'daemon status': [],
  status: [], peers: [], doctor: [],
  contacts: [], 'contacts list': [], 'contacts add': ['petrel:x', 'ada'], 'contacts rename': ['ada', 'ida'], 'contacts block': ['ada'], 'contacts unblock': ['ada'],
  verify: ['ada', '--confirm'], requests: [], 'requests list': [], 'requests accept': ['b'], 'requests decline': ['b', '--block'],
  send: ['ada', 'hello'], receive: [], chats: [], 'chats list': [], 'chats show': ['ada'], 'chats read': ['ada'], 'chats resume': ['ada'], 'chats move': ['ada'], 'proof verify': ['proof'], forward: ['ada', MESSAGE_ID, '--to', 'bob'], delete: ['ada', MESSAGE_ID], readers: ['ada', MESSAGE_ID], report: ['ada', MESSAGE_ID, '--note', 'spam'],
  edit: ['ada', MESSAGE_ID, 'hello'], react: ['ada', MESSAGE_ID, '👍'], pin: ['ada', MESSAGE_ID], unpin: ['ada', MESSAGE_ID], pins: ['ada'],
  'poll create': ['ada', 'Tea or coffee?', 'Tea', 'Coffee'], 'poll vote': ['ada', MESSAGE_ID, '1'], 'poll show': ['ada', MESSAGE_ID], 'poll close': ['ada', MESSAGE_ID],
  search: ['sea', '--since', '7d', '--rebuild'],
  scheduled: [], 'scheduled list': ['ada'], 'scheduled cancel': [MESSAGE_ID], 'scheduled now': [MESSAGE_ID],
  media: [], 'media list': ['ada'], 'media get': ['ada', MESSAGE_ID], 'media info': ['ada', MESSAGE_ID], 'media url': ['ada', MESSAGE_ID], 'media purge': ['--all'],
  group: [], 'group create': ['Birds', 'ada'], 'group list': [], 'group show': ['Birds'], 'group rename': ['Birds', 'Owls'], 'group permissions': ['Birds', 'react', '--slow-mode', '30s'],
  'group add': ['Birds', 'ada'], 'group remove': ['Birds', 'ada', '--ban', '--for', '1d'], 'group unban': ['Birds', 'ada'], 'group promote': ['Birds', 'ada'], 'group demote': ['Birds', 'ada'],
  'group restrict': ['Birds', 'ada', '--may', 'react', '--for', '1h'], 'group leave': ['Birds'],
  'group invite': ['Birds', '--expires', '1d', '--uses', '2', '--approve', '--name', 'friends'], 'group links': ['Birds'], 'group revoke': ['Birds', 'b'], 'group join': ['petrel:x?group=y'],
  'group requests': ['Birds'], 'group approve': ['Birds', 'ada'], 'group decline': ['Birds', 'ada'],
  secret: [], 'secret start': ['ada', '--timer', '1h'], 'secret accept': ['abcdef'], 'secret list': [], 'secret show': ['ada'], 'secret send': ['ada', 'hello', '--reply', MESSAGE_ID], 'secret save': ['ada', MESSAGE_ID], 'secret edit': ['ada', MESSAGE_ID, 'hi'], 'secret delete': ['ada', MESSAGE_ID],
  'secret react': ['ada', MESSAGE_ID, '👍'], 'secret timer': ['ada', '1d'], 'secret verify': ['ada'], 'secret close': ['ada'],
  'backup create': ['b', '--passphrase-file', 'passphrase'], 'backup verify': ['b', '--passphrase-file', 'passphrase'], 'backup restore': ['b', '--passphrase-file', 'passphrase'], export: ['ada'],
  relays: [], 'relays list': [], 'relays add': ['/x'], 'relays remove': ['/x'], 'relays move-inbox': ['/x'],
  'relay run': ['-q'], 'relay status': [], 'relay sessions': [], 'relay token create': [], 'relay token list': [], 'relay token revoke': ['a'],
  'relay takedown': ['blog', '--reason', 'law'], 'relay takedown list': [], 'relay reports': [], 'relay reports drop': ['r'],
  'relay backup': ['x'], 'relay restore': ['x'], 'relay doctor': [], 'relay drain': [],
  'service install': ['--user', '--dry-run'], version: []
}

/** Commands that print lines before their result. */
const STEPS: Readonly<Record<string, number>> = { 'devices link': 3, 'devices approve': 2 }

function commandsOf (spec: CommandSpec, path: string[] = []): string[] {
  return [...(spec.load !== undefined && spec.hidden !== true ? [path.join(' ')] : []), ...(spec.commands ?? []).flatMap(child => commandsOf(child, [...path, child.name]))]
}

describe('the CLI\'s JSON', () => {
  let home: string
  before(async () => {
    home = await mkdtemp(join(tmpdir(), 'petrel-cli-'))
    const proof = readVectors('wire').vectors.find(v => v.format === 'evidence')!
    await writeFile(join(home, 'proof'), proof.bytes)
    await writeFile(join(home, 'passphrase'), 'secret\n')
  })
  after(async () => { await rm(home, { recursive: true }) })

  const setup = (command: string): Setup => ({
    ...(command === 'daemon stop' ? {} : { petrel: fake(command === 'poll show' ? { getMessage: async () => message({ kind: 'poll', poll: poll(['Tea', 'Coffee']) }) } : command === 'secret save' ? { secretLines: async () => [{ ...secretLine, media: [file()] }] } : command === 'export' ? { showChat: async () => ({ chat: chat(), messages: [message()], hasMore: false }) } : {}, [{ n: 1, at: NOW, event: { type: 'message', message: message() } }]).petrel }),
    doors: { relay: async () => relay, node: async () => (({ ...node, saveBackup: async () => ({ bytes: 10, resumed: 0 }), verifyBackup: async () => kept, restoreBackup: async () => ({ ...kept, device: OTHER }), cardOfWords: async () => ({ account: ACCOUNT, card: new Uint8Array(3) }) })) },
    io: { cwd: home, userHome: home, ...(/run$/.test(command) ? { signal: ended.signal } : {}) }
  })

  it('has a schema for every command but those that print a script, a schema or help', () => {
    assert.deepEqual(commandsOf(ROOT).filter(name => !['chat', 'completion', 'help', 'schema'].includes(name)).sort(), Object.keys(OUTPUT_SCHEMAS).sort())
  })

  for (const [command, args] of Object.entries(LINES)) {
    it(`fits its schema: ${command}`, async () => {
      const { code, out, err } = await cli([...command.split(' '), ...args, '--json'], setup(command))
      assert.equal(code, 0, err)
      assert.equal(err, '')
      const lines = out.trim().split('\n')
      for (const line of lines) assertFits(OUTPUT_SCHEMAS[command]!, JSON.parse(line))
      assert.equal(lines.length, STEPS[command] ?? 1, 'one object on one line')
    })
  }

  it('is tried for every command', () => { assert.deepEqual(Object.keys(LINES).sort(), Object.keys(OUTPUT_SCHEMAS).sort()) })

  it('puts errors on stderr, and nothing on stdout', async () => {
    for (const [args, code, name] of [[['send', '--json'], 2, 'ERR_BAD_INPUT'], [['status', '--json'], 3, 'ERR_NOT_RUNNING'], [['send', 'a', 'b', '--wait', 'soon', '--json'], 2, 'ERR_BAD_INPUT']] as const) {
      const ran = await cli([...args])
      assert.equal(ran.code, code)
      assert.equal(ran.out, '')
      const error = JSON.parse(ran.err)
      assertFits(ERROR_SCHEMA, error)
      assert.equal(error.error.code, name)
    }
  })

  it('is described by petrel schema, whole and alone', async () => {
    for (const args of [['schema'], ['schema', 'contacts', 'list']]) {
      const schema = (await cli(args)).json()
      new Ajv2020({ strict: false, validateFormats: false }).compile(schema)
    }
    assert.equal((await cli(['schema', 'nonsense'])).code, 2)
  })
})
