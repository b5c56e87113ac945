import assert from 'node:assert/strict'
import { BadInputError } from '../../../src/protocol/wire/index.js'
import { homePaths, type PathsInput } from '../../../src/node/client/index.js'

const linux = (env: Record<string, string> = {}, flags: Partial<PathsInput> = {}): PathsInput => ({ env, platform: 'linux', userHome: '/home/ann', ...flags })

describe('the paths of a home', () => {
  it('are the XDG directories, or their defaults', () => {
    const plain = homePaths(linux())
    assert.deepEqual([plain.home, plain.config, plain.profile], ['/home/ann/.local/share/petrel', '/home/ann/.config/petrel/config.toml', null])
    const set = homePaths(linux({ XDG_DATA_HOME: '/d', XDG_CONFIG_HOME: '/c', XDG_RUNTIME_DIR: '/run/user/1000' }))
    assert.equal(set.home, '/d/petrel')
    assert.equal(set.config, '/c/petrel/config.toml')
    assert.match(set.socket, /^\/run\/user\/1000\/petrel\/[0-9a-f]{16}\.sock$/)
    // The specification: relative paths are to be ignored.
    assert.equal(homePaths(linux({ XDG_DATA_HOME: 'd' })).home, '/home/ann/.local/share/petrel')
  })

  it('are all in PETREL_HOME or --home when one is given, the flag before the variable', () => {
    assert.deepEqual(homePaths(linux({ PETREL_HOME: '/h', XDG_RUNTIME_DIR: '/run/user/1000' })), {
      profile: null, home: '/h', config: '/h/config.toml', socket: '/h/api.sock', relay: '/h/relay', log: '/h/daemon.log'
    })
    assert.equal(homePaths(linux({ PETREL_HOME: '/h' }, { home: '/f' })).home, '/f')
    assert.equal(homePaths(linux({ PETREL_HOME: '' })).home, '/home/ann/.local/share/petrel')
    assert.throws(() => homePaths(linux({ PETREL_HOME: 'h' })), BadInputError)
  })

  it('are apart for each profile', () => {
    const of = (profile?: string): string[] => {
      const { home, config, socket, relay, log } = homePaths(linux({ XDG_RUNTIME_DIR: '/run/user/1000' }, { profile }))
      return [home, config, socket, relay, log]
    }
    const all = [...of(), ...of('work'), ...of('home')]
    assert.equal(new Set(all).size, all.length)
    assert.equal(homePaths(linux({ PETREL_PROFILE: 'work', PETREL_HOME: '/h' })).home, '/h/profiles/work')
    assert.equal(homePaths(linux({ PETREL_PROFILE: 'work' }, { profile: 'home' })).profile, 'home')
    for (const bad of ['..', 'a/b', 'A', '-x', 'x'.repeat(33), ' ']) assert.throws(() => homePaths(linux({}, { profile: bad })), BadInputError, bad)
  })

  it('keep the socket short enough for the system, or say what to do', () => {
    const long = `/${'x'.repeat(120)}`
    assert.match(homePaths(linux({ PETREL_HOME: long, XDG_RUNTIME_DIR: '/run/user/1000' })).socket, /^\/run\/user\/1000\/petrel\/[0-9a-f]{16}\.sock$/)
    assert.throws(() => homePaths(linux({ PETREL_HOME: long })), { code: BadInputError.code, message: /XDG_RUNTIME_DIR/ })
  })

  it('are a named pipe and the profile directories on Windows', () => {
    const paths = homePaths({ env: { LOCALAPPDATA: 'C:\\L', APPDATA: 'C:\\R' }, platform: 'win32', userHome: 'C:\\Users\\ann' })
    assert.equal(paths.home, 'C:\\L\\petrel')
    assert.equal(paths.config, 'C:\\R\\petrel\\config.toml')
    assert.match(paths.socket, /^\\\\\.\\pipe\\petrel-[0-9a-f]{16}$/)
  })
})
