import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pack } from './pack.js'

describe('the package, installed from its tarball into an empty folder', () => {
  let folder: string
  const run = (command: string, args: string[]): string => execFileSync(command, args, {
    cwd: folder, encoding: 'utf8', shell: process.platform === 'win32', env: { ...process.env, HOME: folder, NODE_OPTIONS: '' }
  })
  const runScript = (script: string): string => {
    writeFileSync(join(folder, 'script.mjs'), script)
    return run(process.execPath, ['script.mjs']).trim()
  }

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'petrel-install-'))
    writeFileSync(join(folder, 'package.json'), '{"name":"somebody","private":true,"type":"module"}')
    run('npm', ['install', '--no-audit', '--no-fund', '--cache', join(folder, '.npm'), pack(folder)])
  })
  after(() => { rmSync(folder, { recursive: true, force: true }) })

  it('gets a group of seven through add → update → add: the patched MLS arrived', () => {
    assert.equal(runScript(`
      import { sevenMemberSelfTest } from './node_modules/petrel/dist/protocol/crypto/index.js'
      await sevenMemberSelfTest()
      console.log('held')
    `), 'held')
  })

  it('is imported by its name and gives the functions that its types promise', () => {
    assert.equal(runScript(`
      import { createNode, connect, PetrelError } from 'petrel'
      console.log(typeof createNode, typeof connect, new PetrelError('ERR_X', 'x').code)
    `), 'function function ERR_X')
    assert.ok(existsSync(join(folder, 'node_modules/petrel/dist/index.d.ts')))
  })

  it('puts the petrel command on the path', () => {
    const { version } = JSON.parse(readFileSync(join(folder, 'node_modules/petrel/package.json'), 'utf8')) as { version: string }
    assert.match(run('npx', ['--no-install', 'petrel', 'version']), new RegExp(version.replaceAll('.', '\\.')))
    assert.match(run('npx', ['--no-install', 'petrel', '--help']), /daemon/)
  })

  it('brings no development dependency', () => {
    const { devDependencies } = JSON.parse(readFileSync(join(folder, 'node_modules/petrel/package.json'), 'utf8')) as { devDependencies: Record<string, string> }
    const installed = Object.keys(devDependencies).filter(name => existsSync(join(folder, 'node_modules', name)))
    // What a dependency of ours needs is there for that: libp2p brings peer-id, several bring types.
    const { packages } = JSON.parse(readFileSync(join(folder, 'node_modules/.package-lock.json'), 'utf8')) as { packages: Record<string, { dependencies?: object, peerDependencies?: object, optionalDependencies?: object }> }
    const wanted = new Set(Object.values(packages).flatMap(one => Object.keys({ ...one.dependencies, ...one.peerDependencies, ...one.optionalDependencies })))
    assert.deepEqual(installed.filter(name => !wanted.has(name)), [])
  })
})
