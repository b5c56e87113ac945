import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemdFile } from '../../src/cli/commands/service-systemd.js'
import { cli } from './support.js'

/** The text of a unit that is not written. */
async function unit (args: string[], platform = 'linux'): Promise<string> {
  const { code, out, err } = await cli([...args, 'service', 'install', '--dry-run', '-q'], { io: { platform } })
  assert.equal(code, 0, err)
  return out
}

describe('petrel service install', () => {
  it('prints a unit of one\'s own that starts the node and restarts it', async () => {
    const text = await unit(['--profile', 'work', '--home', '/data/100% mine'], 'linux').catch(() => '')
    assert.match(text, /^ExecStart=\/\S+ --max-semi-space-size=4 --heap-growing-percent=60 \/\S+\/bin\/petrel\.js --profile work daemon run$/m)
    assert.match(text, /^Environment="PETREL_HOME=\/data\/100%% mine"$/m)
    assert.match(text, /^Restart=on-failure$/m)
  })

  it('hardens a system service, gives it a user and a directory, and says what to do first', async () => {
    const { json } = await cli(['service', 'install', '--dry-run', '--relay', '--listen', '/ip4/0.0.0.0/tcp/4001', '--json'])
    const { path, text, next } = json().service as unknown as { path: string, text: string, next: string[] }
    assert.equal(path, '/etc/systemd/system/petrel-relay.service')
    for (const line of ['User=petrel', 'StateDirectory=petrel-relay', 'Environment=PETREL_RELAY_DIR=/var/lib/petrel-relay', 'ProtectSystem=strict', 'NoNewPrivileges=yes']) assert.ok(text.split('\n').includes(line), line)
    assert.match(text, / --max-semi-space-size=8 --heap-growing-percent=100 --no-allocation-site-pretenuring .* relay run --listen \/ip4\/0\.0\.0\.0\/tcp\/4001/)
    assert.ok(next.some(line => line.includes('useradd')) && next.some(line => line.includes('enable --now petrel-relay')))
  })

  it('can start a Petrel that lies in somebody\'s home, and sees no homes else', () => {
    const plan = { user: false, relay: true, arguments: ['relay', 'run'], profile: null, home: null, runAs: 'petrel', credential: null, userHome: '/root', configHome: '/root/.config' }
    const of = (script: string, home: string | null = null) => systemdFile({ ...plan, home, program: ['/usr/bin/node', script] })
    const protects = (text: string): string[] => text.split('\n').filter(line => line.startsWith('ProtectHome='))
    assert.deepEqual(protects(of('/opt/petrel/bin/petrel.js').text), ['ProtectHome=yes'])
    assert.deepEqual(protects(of('/home/ann/petrel/bin/petrel.js').text), ['ProtectHome=read-only'])
    assert.deepEqual(protects(of('/root/petrel/bin/petrel.js').text), ['ProtectHome=read-only'])
    assert.deepEqual(protects(of('/opt/petrel/bin/petrel.js', '/root/relay').text), [])
    assert.ok(of('/home/ann/petrel/bin/petrel.js').next.some(line => line.startsWith('sudo -u petrel test -r /home/ann/petrel/bin/petrel.js ')), 'and says what that user must be able to read')
    assert.ok(!of('/opt/petrel/bin/petrel.js').next.some(line => line.includes('test -r')))
  })

  it('opens the keystore by an encrypted credential', async () => {
    const { out } = await cli(['service', 'install', '--user', '--dry-run', '--credential', '/etc/c', '-q'])
    assert.match(out, /^LoadCredentialEncrypted=petrel:\/etc\/c$/m)
    assert.match(out, /--credential petrel$/m)
  })

  it('prints a launchd agent on macOS, and refuses elsewhere', async () => {
    const text = await unit(['--home', '/a & b'], 'darwin')
    assert.match(text, /<key>PETREL_HOME<\/key><string>\/a &amp; b<\/string>/)
    assert.equal((await cli(['service', 'install', '--dry-run'], { io: { platform: 'sunos' } })).code, 1)
  })

  it('writes one file, and never over another', async () => {
    const config = await mkdtemp(join(tmpdir(), 'petrel-service-'))
    try {
      const io = { env: { XDG_CONFIG_HOME: config } }
      const { code, out } = await cli(['service', 'install', '--user'], { io })
      assert.equal(code, 0)
      const path = join(config, 'systemd/user/petrel.service')
      assert.ok(out.startsWith(`wrote ${path}\n`))
      await writeFile(path, 'mine')
      assert.equal((await cli(['service', 'install', '--user'], { io })).code, 1)
      assert.equal(await readFile(path, 'utf8'), 'mine')
    } finally {
      await rm(config, { recursive: true })
    }
  })

  it('prints units that systemd accepts', async function () {
    if (spawnSync('systemd-analyze', ['--version']).status !== 0) this.skip()
    const folder = await mkdtemp(join(tmpdir(), 'petrel-unit-'))
    try {
      for (const args of [[], ['--relay', '--run-as', 'root'], ['--run-as', 'root', '--credential', '/etc/c']]) {
        const path = join(folder, 'petrel.service')
        await writeFile(path, (await cli(['service', 'install', '--dry-run', '-q', ...args])).out)
        const { stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', path], { encoding: 'utf8' })
        assert.doesNotMatch(stderr, /petrel\.service:\d+:/, stderr)
      }
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})

describe('petrel completion', () => {
  it('prints scripts for three shells, and no other', async () => {
    for (const shell of ['bash', 'zsh', 'fish']) {
      const { code, out } = await cli(['completion', shell])
      assert.equal(code, 0)
      for (const word of ['receive', 'takedown', 'idempotency-key', 'delivered']) assert.ok(out.includes(word), `${shell}: ${word}`)
      assert.ok(!/__complete'? *--/.test(out), 'what is hidden is not offered')
    }
    assert.equal((await cli(['completion', 'csh'])).code, 2)
  })

  it('tells fish either to offer files or not to: it refuses both', async () => {
    const { out } = await cli(['completion', 'fish'])
    for (const line of out.split('\n')) assert.ok(!/ -F\b/.test(line) || !/ -[xf]\b/.test(line), line)
    assert.match(out, /-l log-file .* -r -F$/m)
  })

  it('completes values and names in fish', async function () {
    if (spawnSync('fish', ['--version']).status !== 0) this.skip()
    const { out } = await cli(['completion', 'fish'])
    const offer = (line: string): string[] => {
      const { stdout, stderr } = spawnSync('fish', ['--no-config', '-c', `function petrel; printf 'Ada\\nBob\\n'; end\n${out}\ncomplete -C ${JSON.stringify(line)}`], { encoding: 'utf8' })
      assert.equal(stderr, '')
      return stdout.trim().split('\n').map(found => found.split('\t')[0]!)
    }
    assert.deepEqual(offer('petrel --home /x contacts re'), ['rename'])
    assert.deepEqual(offer('petrel send --wait d'), ['delivered'])
    assert.deepEqual(offer('petrel contacts block A'), ['Ada'])
  })

  it('is a script that zsh can read', async function () {
    if (spawnSync('zsh', ['--version']).status !== 0) this.skip()
    const { out } = await cli(['completion', 'zsh'])
    assert.equal(spawnSync('zsh', ['-f', '-n', '-c', out], { encoding: 'utf8' }).stderr, '')
  })

  it('completes commands, flags, values and names in bash', async function () {
    if (spawnSync('bash', ['--version']).status !== 0) this.skip()
    const { out } = await cli(['completion', 'bash'])
    const offer = (line: string): string[] => {
      const script = `${out}
petrel() { [[ $1 == __complete ]] && printf 'Ada\\nAnna Maria\\nBob\\n'; }
COMP_WORDS=(${line}); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _petrel; printf '%s\\n' "\${COMPREPLY[@]}"`
      return spawnSync('bash', ['-c', script], { encoding: 'utf8' }).stdout.trim().split('\n')
    }
    assert.deepEqual(offer('petrel rece'), ['receive'])
    assert.deepEqual(offer('petrel relay token c'), ['create'])
    assert.deepEqual(offer('petrel --home /x contacts re'), ['rename'])
    assert.deepEqual(offer('petrel send --wait d'), ['delivered'])
    assert.deepEqual(offer('petrel send --wai'), ['--wait'])
    assert.deepEqual(offer('petrel contacts block A'), ['Ada', 'Anna\\ Maria'])
    assert.deepEqual(offer('petrel verify B'), ['Bob'])
    assert.deepEqual(offer('petrel completion ""'), ['bash', 'zsh', 'fish'])
    assert.deepEqual(offer('petrel contacts rename ""'), ['Ada', 'Anna\\ Maria', 'Bob'], 'flags wait for a dash')
    assert.deepEqual(offer('petrel send ada ""'), [''])
    assert.deepEqual(offer('petrel requests ""'), ['list', 'accept', 'decline'])
  })
})
