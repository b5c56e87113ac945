import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = new URL('../../', import.meta.url)
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8')

/** The titles of a file's tests, as they are shown. Those made from parts are not among them. */
function titlesOf (path: string): Set<string> {
  return new Set([...read(path).matchAll(/\bit\('((?:[^'\\]|\\.)*)'/g)].map(([, title]) => title!.replace(/\\(.)/g, '$1')))
}

describe('the page of threats', () => {
  const lines = read('src/protocol/THREATS.md').split('\n')

  it('names tests that exist', () => {
    const tests = lines.filter(line => line.startsWith('  -'))
    assert.ok(tests.length > 50)
    for (const line of tests) {
      const [, path, title] = /^ {2}- `(test\/[\w./-]+\.test\.ts)`: (.+)$/.exec(line) ?? []
      assert.ok(path !== undefined && title !== undefined, `this names no test: ${line}`)
      assert.ok(existsSync(fileURLToPath(new URL(path, root))), `${path} is not there`)
      assert.ok(titlesOf(path).has(title), `${path} has no test with this title: ${title}`)
    }
  })

  it('says nothing that cannot happen without a test', () => {
    const claims = lines.flatMap((line, i) => line.startsWith('- ') ? [{ line, next: lines[i + 1] ?? '' }] : [])
    assert.ok(claims.length > 30)
    for (const { line, next } of claims) assert.ok(next.startsWith('  - '), `no test stands under: ${line}`)
    for (const line of lines) {
      const isProse = !/^( *-|#) /.test(line)
      assert.ok(!isProse || !line.replace('*cannot*', '').includes('cannot'), `this belongs into a list, with its test: ${line}`)
    }
  })

  it('has a part for every adversary', () => {
    const parts = lines.filter(line => line.startsWith('## ')).join('\n')
    for (const who of ['network', 'own relay', 'stranger\'s relay', 'peer', 'contact', 'member', 'thief of a device', 'thief of a disk', 'process', 'web page']) assert.ok(parts.includes(who), who)
  })
})
