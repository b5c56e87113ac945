import assert from 'node:assert/strict'
import { BadInputError } from '../../../src/protocol/wire/index.js'
import { CONFIG_KEYS, readConfig } from '../../../src/node/home/index.js'

describe('the settings', () => {
  it('are the defaults when nothing is said', () => {
    const { config, warnings } = readConfig({})
    assert.deepEqual(warnings, [])
    for (const [name, key] of Object.entries(CONFIG_KEYS)) assert.deepEqual(config[name as keyof typeof config], key.default)
  })

  it('come from the file, then the environment, then flags', () => {
    const file = 'credential = "mine" # of systemd\nlisten = ["/ip4/127.0.0.1/tcp/1"]\nlog_level = "debug"\n'
    assert.deepEqual(readConfig({ file }).config.listen, ['/ip4/127.0.0.1/tcp/1'])
    const env = { PETREL_LISTEN: '/ip4/127.0.0.1/tcp/2, /ip4/127.0.0.1/tcp/3', PETREL_LOG_LEVEL: 'warn', PETREL_CREDENTIAL: '' }
    const { config } = readConfig({ file, env, flags: { log_level: 'error', listen: undefined } })
    assert.deepEqual([readConfig({ env: { PETREL_MIRRORS: 'off' } }).config.mirrors, readConfig({ file: 'mirrors = "off"' }).config.mirrors], ['off', 'off'])
    assert.deepEqual([config.credential, config.listen, config.log_level], ['mine', ['/ip4/127.0.0.1/tcp/2', '/ip4/127.0.0.1/tcp/3'], 'error'])
  })

  it('warn of what they do not know, and name what was likely meant', () => {
    const { config, warnings } = readConfig({ file: '"log-level" = "debug"\n[future]\nx = 1\n__proto__ = 1\n', path: '/etc/petrel.toml' })
    assert.equal(config.log_level, 'info')
    assert.deepEqual(warnings, [
      '/etc/petrel.toml: unknown setting "log-level" is ignored; did you mean "log_level"?',
      '/etc/petrel.toml: unknown setting "future" is ignored'
    ])
  })

  it('refuse a value of another kind, and say where it stands', () => {
    assert.throws(() => readConfig({ file: 'listen = "x"', path: 'c.toml' }), { code: BadInputError.code, message: 'c.toml: listen must be a list of texts' })
    assert.throws(() => readConfig({ env: { PETREL_LOG_LEVEL: 'magic' } }), { code: BadInputError.code, message: 'PETREL_LOG_LEVEL must be one of error, warn, info, debug' })
    assert.throws(() => readConfig({ flags: { log_level: 3 } }), { code: BadInputError.code, message: /--log-level must be one of/ })
  })

  it('take a switch as true or false, from the file as from the environment, and nothing like it', () => {
    assert.equal(readConfig({ file: 'lan = true' }).config.lan, true)
    assert.equal(readConfig({ file: 'lan = true', env: { PETREL_LAN: 'false' } }).config.lan, false)
    assert.equal(readConfig({ env: { PETREL_LAN: 'false' }, flags: { lan: true } }).config.lan, true)
    for (const env of ['1', 'yes', 'TRUE']) assert.throws(() => readConfig({ env: { PETREL_LAN: env } }), { code: BadInputError.code, message: 'PETREL_LAN must be true or false' })
    assert.throws(() => readConfig({ file: 'lan = 1', path: 'c.toml' }), { code: BadInputError.code, message: 'c.toml: lan must be true or false' })
  })

  it('take a size as people write it', () => {
    assert.equal(readConfig({ file: 'media_cache = "5GiB"' }).config.media_cache, 5 * 1024 ** 3)
    assert.equal(readConfig({ file: 'media_cache = 4096' }).config.media_cache, 4096)
    assert.equal(readConfig({ env: { PETREL_MEDIA_AUTO: '512 KiB' } }).config.media_auto, 512 * 1024)
    assert.equal(readConfig({ env: { PETREL_MEDIA_AUTO: '0' } }).config.media_auto, 0)
    for (const value of ['"5GB"', '"-1"', '-1', '1.5', '"x"', 'true', '"99999999999999TiB"']) assert.throws(() => readConfig({ file: `media_auto = ${value}`, path: 'c.toml' }), { code: BadInputError.code, message: 'c.toml: media_auto must be a size such as 500MiB, 5GiB or a number of bytes' }, value)
  })

  it('refuse a file that is not TOML by place, without quoting it', () => {
    assert.throws(() => readConfig({ file: 'credential = "mine"\nsecret = hunter2\n', path: 'c.toml' }), (error: Error) => {
      assert.match(error.message, /c\.toml is not valid TOML at line 2, column \d+/)
      assert.ok(!error.message.includes('hunter2'))
      return true
    })
    assert.throws(() => readConfig({ file: `# ${'x'.repeat(300_000)}` }), BadInputError)
  })
})
