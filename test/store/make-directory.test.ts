import assert from 'node:assert/strict'
import { mkdir, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { makeDirectory } from '../../src/store/index.js'
import { temporaryDirectory } from './support.js'

describe('making a directory', () => {
  let home: string
  beforeEach(async () => { home = await temporaryDirectory() })
  afterEach(async () => { await rm(home, { recursive: true }) })

  it('makes those above it too, for the owner alone, and says which was the first', async () => {
    assert.equal(await makeDirectory(join(home, 'a/b/c')), join(home, 'a'))
    for (const path of ['a', 'a/b', 'a/b/c']) assert.equal((await stat(join(home, path))).mode & 0o777, 0o700)
    assert.equal(await makeDirectory(join(home, 'a/b/c')), undefined)
    assert.equal(await makeDirectory('/'), undefined)
  })

  it('leaves one that is there as it is, also behind a link', async () => {
    await mkdir(join(home, 'there'), { mode: 0o755 })
    await symlink('there', join(home, 'link'))
    assert.equal(await makeDirectory(join(home, 'link')), undefined)
    assert.equal((await stat(join(home, 'there'))).mode & 0o777, 0o755)
  })

  it('makes one that several make at once', async () => {
    await Promise.all(Array.from({ length: 10 }, async () => { await makeDirectory(join(home, 'x/y/z')) }))
    assert.ok((await stat(join(home, 'x/y/z'))).isDirectory())
  })

  it('says why there can be none', async () => {
    await writeFile(join(home, 'file'), '')
    await symlink('two', join(home, 'one'))
    await symlink('one', join(home, 'two'))
    await symlink('nowhere', join(home, 'dangling'))
    for (const [path, why] of [['file', /something else is there/], ['file/below', /above it is no directory/], ['one', /in a circle/], ['one/below', /in a circle/], ['dangling', /nothing can be made there/], ['x'.repeat(300), /too long/]] as const) {
      await assert.rejects(makeDirectory(join(home, path)), { code: 'ERR_BAD_INPUT', message: why }, path)
    }
  })

  it('ends where the system makes none below one that is there', async function () {
    if (process.platform !== 'linux') this.skip()
    await assert.rejects(makeDirectory('/proc/petrel/below'), { code: 'ERR_BAD_INPUT', message: /nothing can be made there/ })
  })
})
