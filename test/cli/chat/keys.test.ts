import assert from 'node:assert/strict'
import fc from 'fast-check'
import { endKeys, NO_KEYS, readKeys, type Key } from '../../../src/cli/chat/keys.js'

/** The keys in some text, in pieces as they may come, with pastes put together again. */
function keysOf (...pieces: string[]): Key[] {
  let state = NO_KEYS
  const keys: Key[] = []
  for (const piece of pieces) {
    const step = readKeys(state, piece)
    state = step.state
    keys.push(...step.keys)
  }
  return joined([...keys, ...endKeys(state).keys])
}

function joined (keys: readonly Key[]): Key[] {
  return keys.reduce<Key[]>((all, key) => {
    const last = all.at(-1)
    if (last !== undefined && (key.kind === 'paste' || key.kind === 'text') && last.kind === key.kind) return [...all.slice(0, -1), { kind: key.kind, text: last.text + key.text }]
    return [...all, key]
  }, [])
}

const key = (name: string): Key => ({ kind: 'key', name }) as Key

describe('keys of a terminal', () => {
  it('are letters, controls and the sequences of xterm, rxvt and the console', () => {
    assert.deepEqual(keysOf('hé漢👍\r'), [{ kind: 'text', text: 'hé漢👍' }, key('enter')])
    for (const [bytes, name] of [['\u001b[A', 'up'], ['\u001bOB', 'down'], ['\u001b[1;5D', 'word-left'], ['\u001b[3~', 'delete'], ['\u001bb', 'word-left'], ['\u001b\r', 'newline'], ['\n', 'newline'], ['\u0003', 'interrupt'], ['\u0004', 'end-of-input'], ['\u007f', 'backspace'], ['\u001b[Z', 'back-tab'], ['\t', 'tab']] as const) {
      assert.deepEqual(keysOf(bytes), [key(name)], JSON.stringify(bytes))
    }
    assert.deepEqual(keysOf('\u001b[I\u001b[O'), [{ kind: 'focus', has: true }, { kind: 'focus', has: false }])
  })

  it('are the same however the bytes come apart', () => {
    const text = 'a\u001b[1;5Cb\u001b[200~one\r\ntwo\u001b[31m\u001b[201~c\u001bOD\u001b[I\r'
    const whole = keysOf(text)
    fc.assert(fc.property(fc.array(fc.nat({ max: text.length }), { maxLength: 8 }), cuts => {
      const places = [0, ...cuts.sort((a, b) => a - b), text.length]
      assert.deepEqual(keysOf(...places.slice(1).map((to, i) => text.slice(places[i], to))), whole)
    }))
  })

  it('keep a paste apart from what is typed: nothing in it is a key', () => {
    assert.deepEqual(keysOf('\u001b[200~/quit\r\u001b[A\u0003\u001b[201~'), [{ kind: 'paste', text: '/quit\r\u001b[A\u0003' }])
  })

  it('are an escape when nothing follows it', () => {
    assert.deepEqual(keysOf('\u001b'), [key('escape')])
    assert.deepEqual(keysOf('\u001b', '\u001b[A'), [key('escape'), key('up')])
  })

  it('leave out sequences that mean nothing, and hold no more than a sequence is long', () => {
    assert.deepEqual(keysOf('\u001b[38;5;1mx\u001b[?62c\u001bOZy'), [{ kind: 'text', text: 'xy' }])
    fc.assert(fc.property(fc.array(fc.string({ unit: fc.constantFrom('\u001b', '[', 'O', '2', '0', '1', ';', '~', 'A', 'x', '漢', '\u0003', '\r', '\u009b') })), pieces => {
      let state = NO_KEYS
      for (const piece of [...pieces, '\u001b[', '1;'.repeat(500)]) {
        state = readKeys(state, piece).state
        assert.ok(state.rest.length <= 32)
      }
    }))
  })
})
