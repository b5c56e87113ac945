import assert from 'node:assert/strict'
import { cli, fake, MESSAGE_ID } from './support.js'

const DIGITS = Array.from({ length: 12 }, (_, i) => String(11_111 + i)).join(' ')

describe('petrel secret start', () => {
  it('says how the other person accepts it, without the flags of this home', async () => {
    const { code, err } = await cli(['--profile', 'work', 'secret', 'start', 'Ada'], { petrel: fake().petrel })
    assert.equal(code, 0, err)
    assert.match(err, /Ada accepts it with: petrel secret accept abcdef/)
  })
})

describe('petrel secret edit', () => {
  it('reads formatting in the new text as it is told', async () => {
    const { petrel, calls } = fake()
    const { code, err } = await cli(['secret', 'edit', 'Ada', MESSAGE_ID, '**new**', '--format', 'markdown'], { petrel })
    assert.equal(code, 0, err)
    assert.deepEqual(calls.find(([name]) => name === 'editSecret'), ['editSecret', 'Ada', MESSAGE_ID, '**new**', { format: 'markdown' }])
  })
})

describe('petrel secret verify', () => {
  const { petrel } = fake({
    secretCode: async () => await Promise.resolve({ digits: DIGITS, emoji: [{ symbol: '🐶', name: 'dog' }] })
  })
  const run = async (...args: string[]): ReturnType<typeof cli> => await cli(['secret', 'verify', 'Bob', ...args], { petrel })

  it('shows digits and emoji, and the digits as a QR code when asked', async () => {
    const plain = await run()
    assert.equal(plain.code, 0, plain.err)
    assert.match(plain.out, /11111 11112 11113 11114\n/)
    assert.match(plain.out, /🐶 dog/)
    assert.doesNotMatch(plain.out, /[▀▄]/)
    assert.match((await run('--qr')).out, /[▀▄]/)
  })

  it('says whether what a camera read is the same, however it is spaced', async () => {
    const { code, out } = await run('--scanned', DIGITS.replaceAll(' ', ''))
    assert.equal(code, 0)
    assert.match(out, /the same digits/)
    assert.equal((await run('--scanned', DIGITS)).code, 0)
    for (const other of [DIGITS.replace('11111', '11112'), DIGITS.slice(1)]) {
      const { code, err } = await run('--scanned', other)
      assert.notEqual(code, 0)
      assert.match(err, /not the digits of this chat/)
    }
  })
})
