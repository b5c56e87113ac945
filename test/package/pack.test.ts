import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pack, REPOSITORY } from './pack.js'

describe('the packed package', () => {
  let folder: string
  let root: string
  let files: string[]

  before(function () {
    this.timeout(60_000)
    folder = mkdtempSync(join(tmpdir(), 'petrel-pack-'))
    execFileSync('tar', ['-xzf', pack(folder), '-C', folder])
    root = join(folder, 'package')
    files = readdirSync(root, { recursive: true, withFileTypes: true })
      .filter(entry => entry.isFile())
      .map(entry => join(entry.parentPath, entry.name).slice(root.length + 1))
  })
  after(() => { rmSync(folder, { recursive: true, force: true }) })

  it('holds what package.json points at, the licenses and the specs', () => {
    for (const path of ['bin/petrel.js', 'bin/package.json', 'dist/index.js', 'dist/index.d.ts', 'README.md', 'CHANGELOG.md', 'LICENSE', 'LICENSE-APACHE', 'LICENSE-MIT']) {
      assert.ok(files.includes(path), `${path} is missing`)
    }
    const protos = readdirSync(join(REPOSITORY, 'src'), { recursive: true, encoding: 'utf8' }).filter(path => path.endsWith('.proto'))
    for (const path of protos) assert.ok(files.includes(join('dist', path)), `dist/${path} is missing`)
  })

  it('holds nothing but that: no sources, tests, benchmarks, examples or stray files', () => {
    const allowed = /^(bin\/|dist\/|node_modules\/|package\.json$|README\.md$|CHANGELOG\.md$|LICENSE(-APACHE|-MIT)?$)/
    assert.deepEqual(files.filter(path => !allowed.test(path)), [])
    assert.deepEqual(files.filter(path => !path.startsWith('node_modules/') && /(^|\/)(test|bench|examples)\/|\.tsbuildinfo$|(?<!\.d)\.ts$/.test(path)), [])
  })

  it('brings ts-mls with our patch, and what ts-mls needs', () => {
    const bundled = new Set(files.filter(path => path.startsWith('node_modules/')).map(path => /^node_modules\/((@[^/]+\/)?[^/]+)/.exec(path)?.[1]))
    const needs = JSON.parse(readFileSync(join(root, 'node_modules/ts-mls/package.json'), 'utf8')) as { dependencies: Record<string, string> }
    for (const name of ['ts-mls', ...Object.keys(needs.dependencies)]) assert.ok(bundled.has(name), `${name} is not bundled`)
    for (const { path, added } of patchedFiles()) {
      const text = readFileSync(join(root, path), 'utf8')
      for (const line of added) assert.ok(text.includes(line), `${path} lacks the patched line: ${line}`)
    }
  })
})

/** Per file that a patch touches: the lines it adds. */
function patchedFiles (): { path: string, added: string[] }[] {
  const patches = join(REPOSITORY, 'patches')
  const names = existsSync(patches) ? readdirSync(patches).filter(name => name.startsWith('ts-mls')) : []
  assert.equal(names.length, 1, 'there is one patch of ts-mls')
  const text = readFileSync(join(patches, names[0]!), 'utf8')
  return text.split(/^diff --git /m).slice(1).map(part => ({
    path: /^\+\+\+ b\/(.*)$/m.exec(part)![1]!,
    added: [...part.matchAll(/^\+(?!\+\+)(.*)$/gm)].map(match => match[1]!)
  }))
}
