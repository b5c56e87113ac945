import assert from 'node:assert/strict'
import { mentionsIn } from '../../../src/node/words/index.js'

const names = [{ name: 'Bob', account: '1' }, { name: 'Bob Ross', account: '2' }, { name: 'Ann', account: '3' }, { name: 'ann', account: '4' }, { name: 'Zoë', account: '5' }, { name: 'Bob', account: '1' }, { name: 'x@y', account: '6' }]
const found = (text: string, given: Parameters<typeof mentionsIn>[1] = []): string[] => mentionsIn(text, given, () => names).map(({ type, offset, length, value }) => `${type} ${text.slice(offset, offset + length)} ${value ?? ''}`)

describe('members named in a text', () => {
  it('are found by an @ and their whole name, whatever its capitals', () => {
    assert.deepEqual(found('@Bob, and @bob! and (@zoë)'), ['text_mention @Bob 1', 'text_mention @bob 1', 'text_mention @zoë 5'])
    assert.deepEqual(found('@Bobby bob me@bob a@Bob @ Bob @nobody'), [])
  })

  it('are the one with the longest name that fits', () => { assert.deepEqual(found('@Bob Ross paints, @Bob Rossi not'), ['text_mention @Bob Ross 2', 'text_mention @Bob 1']) })

  it('are nobody where two go by one name', () => { assert.deepEqual(found('@Ann'), []) })

  it('are not looked for in code and links, and do not cross a style', () => {
    assert.deepEqual(found('@Bob', [{ type: 'code', offset: 0, length: 4 }]), [])
    assert.deepEqual(found('@Bob xx', [{ type: 'bold', offset: 2, length: 4 }]), [])
    assert.deepEqual(found('@Bob', [{ type: 'bold', offset: 0, length: 4 }]), ['text_mention @Bob 1'])
  })

  it('are not asked for where a text has no @', () => { assert.deepEqual(mentionsIn('Bob', [], () => { throw new Error('asked') }), []) })

  it('are found in a moment in a text that is all @, in a group of a thousand with two names each', () => {
    const many = Array.from({ length: 2000 }, (_, i) => ({ name: `Somebody Number ${i}`, account: String(i >> 1) }))
    const from = process.cpuUsage().user
    assert.deepEqual(mentionsIn('@'.repeat(4096), [], () => many), [])
    assert.ok(process.cpuUsage().user - from < 1_000_000)
  })
})
