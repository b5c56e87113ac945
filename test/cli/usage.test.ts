import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { EXIT_MEANING, exitCodeOf } from '../../src/cli/exit-codes.js'
import { formatDuration, parseDuration } from '../../src/cli/duration.js'
import { forHome, homeFlags } from '../../src/cli/home.js'
import type { CommandSpec } from '../../src/cli/command.js'
import { ROOT } from '../../src/cli/specs/root.js'
import { GLOBAL_OPTIONS } from '../../src/cli/specs/global.js'
import * as errors from '../../src/protocol/api/index.js'
import { ACCOUNT, cli, fake, message, NOW, OTHER, status, untilGivenUp } from './support.js'

function leaves (spec: CommandSpec, path: string[] = []): [string[], CommandSpec][] {
  return [...(path.length > 0 ? [[path, spec] as [string[], CommandSpec]] : []), ...(spec.commands ?? []).flatMap(child => leaves(child, [...path, child.name]))]
}

/** What is put in stands in capitals, as a person writes it down. */
const inCapitals = (flags: string): string => flags.replace(/<(.*?)(\.{3})?>/, (_, name: string, more = '') => `${name.toUpperCase()}${more}`)

describe('the command line', () => {
  it('answers --help for every command, with its flags and the global ones', async () => {
    for (const [path, spec] of leaves(ROOT)) {
      const { code, out, err } = await cli([...path, '--help'])
      assert.deepEqual([code, err], [0, ''], path.join(' '))
      for (const option of [...spec.options ?? [], ...GLOBAL_OPTIONS]) assert.ok(out.includes(inCapitals(option.flags)), `${path.join(' ')}: ${option.flags}`)
      assert.doesNotMatch(out, /<[a-z]+>/)
    }
  })

  it('breaks help between words in a narrow terminal, and leaves nothing out', async () => {
    const words = (text: string): string[] => text.replaceAll(' \\\n', '\n').split(/\s+/).filter(word => word !== '')
    for (const path of [[], ...leaves(ROOT).map(([path]) => path)]) {
      const wide = (await cli([...path, '--help'], { io: { columns: 400 } })).out
      for (const columns of [40, 60, 80]) {
        const { out } = await cli([...path, '--help'], { io: { columns } })
        assert.deepEqual(words(out), words(wide), path.join(' '))
        // Only what has no blank to break at may be longer: a word, or one in quotes.
        for (const line of out.split('\n')) assert.ok(line.length <= columns || /^\s*(?:[^\s'"]|'[^']*'|"[^"]*")+(?: \\)?$/u.test(line), `${path.join(' ')} at ${columns}: ${line}`)
      }
    }
    const { out } = await cli(['help', 'exit-codes'], { io: { columns: 40 } })
    for (const line of out.split('\n')) assert.ok(line.length <= 40, line)
  })

  it('says how short an id may be, wherever something is named', async () => {
    for (const words of [['send'], ['chats', 'show'], ['contacts', 'block'], ['verify'], ['requests', 'accept'], ['requests', 'decline']]) {
      const out = (await cli([...words, '--help'])).out.replaceAll(/\s+/g, ' ')
      assert.ok(out.includes(`a name, whole and with its capitals, or an ${words[0] === 'contacts' || words[0] === 'verify' ? 'account ' : ''}id, or ${errors.LIMITS.idCharacters} or more characters of its start`), out)
    }
  })

  it('names what is missing as the help does, and leaves what was typed as it is', async () => {
    assert.match((await cli(['secret', 'timer', 'ada'])).err, /DURATION is missing/)
    assert.match((await cli(['send', 'ada', 'hi', '--format', 'rich'])).err, /'-f, --format FORMAT' argument 'rich' is invalid/)
  })

  it('proposes the command that was meant', async () => {
    const { code, err } = await cli(['recieve'])
    assert.equal(code, 2)
    assert.match(err, /unknown command 'recieve'; did you mean receive\?/)
    assert.match((await cli(['send', 'a', 'b', '--wiat', 'read'])).err, /unknown option '--wiat'; did you mean --wait\?/)
    assert.match((await cli(['contacts', 'lst'])).err, /contacts has no command "lst"; it has add, list,/)
  })

  it('helps with a command of any depth, and with exit codes', async () => {
    for (const words of [['send'], ['relay', 'token', 'create'], []]) assert.equal((await cli(['help', ...words])).out, (await cli([...words, '--help'])).out, words.join(' '))
    assert.match((await cli(['help', 'exit-codes'])).out, /^ +6 {2}not reachable/m)
    const { code, out, err } = await cli(['help', 'frob'])
    assert.deepEqual([code, out, err], [2, '', 'petrel: there is no command "frob": petrel --help lists them all\n'])
  })

  it('shows a group\'s help, as wrong usage, when its command is missing', async () => {
    const { code, out, err } = await cli(['daemon'])
    assert.deepEqual([code, out], [2, ''])
    assert.match(err, /Usage: petrel daemon/)
  })

  it('tells its version by command and by flag', async () => {
    const { out, json } = await cli(['version', '--json'])
    for (const args of [['version'], ['--version'], ['-V']]) assert.equal((await cli(args)).out.trimEnd(), json().version)
    assert.deepEqual(await cli(['--version', '--json']).then(ran => [ran.code, ran.out]), [0, out])
  })

  it('takes global flags before and after the command', async () => {
    for (const args of [['--json', 'id'], ['id', '--json']]) assert.equal((await cli(args, { petrel: fake().petrel })).json().identity!.account, ACCOUNT)
  })

  it('says how to start a missing daemon, or to make the identity first, with the flags that were given', async () => {
    const { code, err } = await cli(['--profile', 'work', 'status'])
    assert.equal(code, 3)
    assert.match(err, /there is no identity in \/nowhere\/home\/.local\/share\/petrel\/profiles\/work: make one with petrel --profile work init/)
  })

  it('finds the home by flag before environment', async () => {
    const homes: string[] = []
    const connect = async (paths: { home: string }): Promise<never> => { homes.push(paths.home); throw new errors.NotRunningError('x') }
    await cli(['status', '--home', 'mine'], { doors: { connect }, io: { env: { PETREL_HOME: '/env' }, cwd: '/cwd' } })
    await cli(['status'], { doors: { connect }, io: { env: { PETREL_HOME: '/env' } } })
    assert.deepEqual(homes, ['/cwd/mine', '/env'])
  })

  it('maps every error of the library to an exit code that the help explains', () => {
    for (const one of Object.values(errors)) {
      if (typeof one === 'function' && 'code' in one && typeof one.code === 'string') assert.ok(Object.hasOwn(EXIT_MEANING, exitCodeOf(one.code)))
    }
    assert.deepEqual(['ERR_BAD_INPUT', 'ERR_NOT_RUNNING', 'ERR_AMBIGUOUS', 'ERR_ADMISSION', 'ERR_DEADLINE', 'ERR_CORRUPT'].map(exitCodeOf), [2, 3, 4, 5, 6, 1])
  })

  it('reads durations as people write them', () => {
    assert.deepEqual(['30s', '1h30m', '7d', '250ms', '1.5h'].map(text => parseDuration(text, 'x')), [30_000, 5_400_000, 604_800_000, 250, 5_400_000])
    for (const bad of ['', '5', '5 s', '0s', '-1s', 's', '1x', '99999d']) assert.throws(() => parseDuration(bad, '--expires'), /--expires needs a duration/)
    assert.equal(formatDuration(93_784_000), '1d 2h')
  })

  it('takes nothing empty for a name or a value, before it asks the daemon', async () => {
    const { petrel, calls } = fake()
    for (const [args, words] of [[['send', '', 'x'], 'CHAT is empty'], [['receive', '--consumer', ''], '--consumer is empty'], [['daemon', 'run', '--listen', ''], '--listen is empty']] as const) {
      const { code, err } = await cli([...args], { petrel })
      assert.deepEqual([code, err], [2, `petrel: ${words}\n`])
    }
    assert.deepEqual(calls, [])
  })

  it('proposes commands that a shell reads as they are meant', () => {
    assert.equal(homeFlags({ home: '/my home', profile: undefined }), ` --home '/my home'`)
    assert.equal(homeFlags({ home: `/o'x`, profile: 'work' }), ` --home '/o'\\''x' --profile work`)
    assert.equal(homeFlags({ home: undefined, profile: undefined }), '')
  })

  it('proposes commands of the node\'s as this home needs them, but not what is to be typed on another device', async () => {
    const says = (text: string): string => forHome(text, ' --profile work')
    assert.equal(says('no chat is called "x": see petrel chats list'), 'no chat is called "x": see petrel --profile work chats list')
    assert.equal(says('add a relay (petrel relays add ADDRESS), or wait'), 'add a relay (petrel --profile work relays add ADDRESS), or wait')
    assert.equal(says('in the way: petrel daemon stop, petrel daemon start'), 'in the way: petrel --profile work daemon stop, petrel --profile work daemon start')
    for (const elsewhere of ['type petrel devices approve with the link', 'in another home: petrel --profile NAME devices link', 'see the petrel']) assert.equal(says(elsewhere), elsewhere)
    assert.equal(forHome(': see petrel chats list', ''), ': see petrel chats list')
    const refuses = fake({ showChat: async () => { throw new errors.NotFoundError('no chat is called "x": see petrel chats list') }, status: async () => ({ ...status(), requests: 2, warnings: ['none is there: petrel relays add ADDRESS'] }) }).petrel
    assert.match((await cli(['--profile', 'work', 'chats', 'show', 'x'], { petrel: refuses })).err, /see petrel --profile work chats list/)
    const { out } = await cli(['--profile', 'work', 'status'], { petrel: refuses })
    assert.match(out, /2 waiting: petrel --profile work requests/)
    assert.match(out, /! none is there: petrel --profile work relays add ADDRESS/)
    const asked = fake({ receive: async function * () { yield { n: 1, at: NOW, event: { type: 'request', account: OTHER, name: 'Eve', id: 'brequest' } }; yield { n: 2, at: NOW, event: { type: 'message', message: message({ text: 'say: petrel chats' }) } } } }).petrel
    const { out: news } = await cli(['--profile', 'work', 'receive'], { petrel: asked })
    assert.match(news, /Eve wants to write to you: petrel --profile work requests accept brequest/)
    assert.match(news, /say: petrel chats\n/, 'what others say stays')
    assert.match((await cli(['--json', '--profile', 'work', 'chats', 'show', 'x'], { petrel: refuses })).err, /see petrel chats list/, 'programs get the node\'s words')
  })

  it('says what a link without an invite leads to, and that a shell may have cut it', async () => {
    const note = async (link: string): Promise<string> => (await cli(['contacts', 'add', link], { petrel: fake().petrel })).err
    assert.equal(await note('petrel:abc?relay=/x&name=Ada&invite=yes'), '')
    assert.match(await note('petrel:abc?relay=/x&name=Ada'), /^Unless they know you already, they get a request/)
    assert.match(await note('petrel:abc?relay=/x'), /cut at its first &.*add the whole of it too, in quotes/)
  })

  it('takes a link from stdin, and says to quote what a shell has cut', async () => {
    const { petrel, calls } = fake()
    assert.equal((await cli(['contacts', 'add', '-', 'ada'], { petrel, input: 'petrel:abc?x&y\n' })).code, 0)
    assert.deepEqual(calls[0], ['addContact', 'petrel:abc?x&y', { alias: 'ada' }])
    assert.match((await cli(['contacts', 'add', 'http://x'], { petrel })).err, /starts with petrel: and is typed in quotes/)
  })

  it('shows why a relay does not answer, under the table', async () => {
    const relay = { ...(await fake().petrel.listRelays())[0]!, state: 'waiting' as const, role: null, usage: null, error: { code: 'ERR_UNAVAILABLE', message: 'nobody is there' } }
    const { out } = await cli(['relays'], { petrel: fake({ listRelays: async () => [relay] }).petrel })
    assert.match(out, /^waiting, home +\/ip4/m)
    assert.match(out, /^! waiting: nobody is there$/m)
  })

  it('checks numbers before it asks the daemon', async () => {
    const { petrel, calls } = fake()
    for (const args of [['chats', 'show', 'a', '--limit', 'many'], ['chats', 'show', 'a', '--limit', '0'], ['chats', 'show', 'a', '--limit', '201'], ['invite', '--expires', 'soon'], ['relay', 'run', '--http', '70000'], ['status', '--timeout', 'x'], ['--profile', '', 'status'], ['--home', '', 'status'], ['contacts', 'rename', 'a', ''], ['requests', 'accept', 'a', '']]) {
      assert.equal((await cli(args, { petrel })).code, 2, args.join(' '))
    }
    assert.deepEqual(calls, [])
  })

  it('gives up after --timeout and says so', async () => {
    const { petrel } = fake({ status: async o => await untilGivenUp(o?.signal) })
    const { code, err } = await cli(['status', '--timeout', '400ms'], { petrel })
    assert.equal(code, 6)
    assert.match(err, /out of time/)
  })

  it('says nothing but results with --quiet', async () => {
    const { out, err } = await cli(['invite', '-q'], { petrel: fake().petrel })
    assert.match(out, /^petrel:/)
    assert.equal(err, '')
  })

  it('shows the node at a glance with what needs attention', async () => {
    const { out } = await cli(['status'], { petrel: fake({ status: async () => status({ queued: 2 }) }).petrel })
    for (const words of ['Bob', ACCOUNT, '2 not yet at a relay', '1 waiting: petrel requests', '! the clock is off', 'connected, home, hosted']) assert.ok(out.includes(words), words)
  })

  it('calls for no relay where the node does not: a device that has stopped says what helps instead', async () => {
    const { out } = await cli(['status'], { petrel: fake({ status: async () => status({ relays: [], warnings: ['this device was revoked'] }) }).petrel })
    assert.match(out, /! this device was revoked/)
    assert.doesNotMatch(out, /relays add/)
  })

  it('says whether a relay is new, known already, or reached elsewhere now', async () => {
    const relay = (await fake().petrel.listRelays())[0]!
    const elsewhere = `/dns4/relay.example/tcp/4001/p2p/${relay.peer}`
    for (const [added, homes, word] of [[relay, [], 'added'], [relay, [relay], 'is a home already:'], [{ ...relay, address: elsewhere }, [relay], `now reached there instead of at ${relay.address}:`]] as const) {
      const { petrel } = fake({ addRelay: async () => added, listRelays: async () => [...homes] })
      assert.equal((await cli(['relays', 'add', added.address], { petrel })).out, `${word} ${added.address}: connected\n`)
      assert.equal((JSON.parse((await cli(['relays', 'add', added.address, '--json'], { petrel })).out) as { added: boolean }).added, homes.length === 0)
    }
  })

  it('deletes an account only when its whole id is given', async () => {
    const { petrel, calls } = fake()
    const { code, err } = await cli(['account', 'delete'], { petrel })
    assert.equal(code, 2)
    assert.ok(err.includes(`--confirm ${ACCOUNT}`))
    assert.ok(!calls.some(([name]) => name === 'deleteAccount'))
  })

  it('shows a safety number in lines of four groups, and settles it', async () => {
    const { petrel, calls } = fake()
    const { out } = await cli(['verify', 'ada', '--confirm'], { petrel })
    assert.equal(out, `Ada: not verified\n${'  12345 12345 12345 12345\n'.repeat(3)}`)
    assert.deepEqual(calls.slice(0, 2), [['setVerified', 'ada', true, {}], ['safetyNumber', 'ada', {}]])
    assert.equal((await cli(['verify', 'ada', '--confirm', '--unconfirm'], { petrel })).code, 2)
  })

  it('draws a QR code where there is room, and says so where there is none', async () => {
    const { petrel } = fake()
    assert.match((await cli(['id', '--qr'], { petrel })).out, /▀|▄|█/)
    assert.match((await cli(['id', '--qr'], { petrel, io: { columns: 20 } })).out, /the QR code needs \d+ columns, this terminal has 20/)
    assert.match((await cli(['id', '--qr'], { petrel, io: { columns: 80 } })).out, /\u001b\[47m/)
    assert.doesNotMatch((await cli(['id', '--qr', '--no-color'], { petrel, io: { columns: 80 } })).out, /\u001b/)
    assert.doesNotMatch((await cli(['id', '--qr'], { petrel, io: { columns: 80, env: { NO_COLOR: '1' } } })).out, /\u001b/)
  })

  it('completes names from the daemon, and is silent without one', async () => {
    assert.equal((await cli(['__complete', 'contact'], { petrel: fake().petrel })).out, 'Ada\n')
    assert.deepEqual(await cli(['__complete', 'contact']).then(({ code, out, err }) => [code, out, err]), [0, '', ''])
  })

  it('says in the list of secret chats which of them must be closed', async () => {
    const alarm = 'the contact has revoked the device'
    const doubted = fake({ listSecrets: async () => [{ ...await fake().petrel.startSecret('Ada'), alarm }] })
    const { code, out } = await cli(['secret', 'list'], { petrel: doubted.petrel })
    assert.equal(code, 0)
    assert.ok(out.includes(`! ${alarm}`) && !out.includes('open'), out)
  })

  it('lists closed secret chats only when asked for all, and erases what is left of one', async () => {
    const open = await fake().petrel.startSecret('Ada')
    const { petrel, calls } = fake({ listSecrets: async () => [open, { ...open, id: 'fedcba9876543210', name: 'Bob', state: 'closed' }] })
    assert.doesNotMatch((await cli(['secret', 'list'], { petrel })).out, /Bob/)
    assert.match((await cli(['secret', 'list', '--all'], { petrel })).out, /Bob/)
    assert.match((await cli(['secret', 'delete', 'Ada'], { petrel })).out, /the secret chat with Ada is erased/)
    assert.ok(calls.some(([name, id]) => name === 'forgetSecret' && id === open.id) && calls.every(([name]) => name !== 'deleteSecret'))
  })

  it('is described by CLI.md: every command, every exit code', async () => {
    const page = await readFile(join(import.meta.dirname, '../../src/cli/CLI.md'), 'utf8')
    for (const [path, spec] of leaves(ROOT)) if (spec.load !== undefined && spec.hidden !== true) assert.ok(page.includes(`petrel ${path.join(' ')}`), path.join(' '))
    for (const [code, meaning] of Object.entries(EXIT_MEANING)) assert.ok(page.includes(`| ${code} | ${meaning} |`), code)
  })

  it('adds a relay with its token', async () => {
    const { petrel, calls } = fake()
    await cli(['relays', 'add', `/ip4/1.2.3.4/tcp/1/p2p/${OTHER}`, '--token', 't'], { petrel })
    assert.deepEqual(calls.find(([name]) => name === 'addRelay'), ['addRelay', `/ip4/1.2.3.4/tcp/1/p2p/${OTHER}`, { token: 't' }])
  })

  it('takes a relay\'s address as it was copied, with the space around it', async () => {
    const { petrel, calls } = fake()
    for (const verb of ['add', 'remove', 'move-inbox']) await cli(['relays', verb, ` /ip4/1.2.3.4/tcp/1/p2p/${OTHER} \n`], { petrel })
    assert.deepEqual(['addRelay', 'removeRelay', 'moveInbox'].map(verb => calls.find(([name]) => name === verb)?.[1]), Array.from({ length: 3 }, () => `/ip4/1.2.3.4/tcp/1/p2p/${OTHER}`))
  })
})
