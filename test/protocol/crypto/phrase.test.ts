import assert from 'node:assert/strict'
import { hkdfSync } from 'node:crypto'
import { accountFromPhrase, newPhrase, normalizePhrase } from '../../../src/protocol/crypto/index.js'
import { BadInputError, peerIdText, verifySignature } from '../../../src/protocol/wire/index.js'
import { hex, vectors } from './vectors.js'

interface Vector { phrase: string, accountKey: string, peerId: string, recoverySeed: string }

describe('the recovery phrase', () => {
  it('gives the account and recovery keys of the vectors, whatever the case and spacing', () => {
    for (const v of vectors<Vector>('phrase')) {
      for (const typed of [v.phrase, `  ${v.phrase.toUpperCase().replaceAll(' ', ' \t\n ')} `]) {
        const account = accountFromPhrase(typed)
        assert.equal(hex(account.signer.key), v.accountKey)
        assert.equal(peerIdText(account.signer.key), v.peerId)
        assert.equal(hex(account.recoverySeed), v.recoverySeed)
      }
    }
  })

  it('derives from the entropy by HKDF-SHA256, one label per use', () => {
    // "abandon" 23 times and "art" is 256 zero bits.
    const seed = (label: string): string => hex(new Uint8Array(hkdfSync('sha256', new Uint8Array(32), new Uint8Array(), label, 32)))
    assert.equal(vectors<Vector>('phrase')[0]!.recoverySeed, seed('petrel/v1 recovery key'))
    assert.notEqual(seed('petrel/v1 account key'), seed('petrel/v1 recovery key'))
  })

  it('is new each time, and 24 words', () => {
    const phrase = newPhrase()
    assert.equal(phrase.split(' ').length, 24)
    assert.notEqual(newPhrase(), phrase)
    const { signer } = accountFromPhrase(phrase)
    assert.ok(verifySignature(signer.key, 'label', Uint8Array.of(1), signer.sign('label', Uint8Array.of(1))))
    assert.throws(() => newPhrase(() => new Uint8Array(16)), BadInputError)
  })

  it('is taken with the numbers of its words, as they are shown', () => {
    const { phrase } = vectors<Vector>('phrase')[1]!
    const words = phrase.split(' ')
    for (const mark of ['', '.', ')', ':']) assert.equal(normalizePhrase(words.map((word, i) => `${i + 1}${mark} ${word}`).join(mark === '.' ? '\n' : '  ')), phrase)
    assert.throws(() => normalizePhrase(words.with(3, '4').join(' ')), /this one has 23/u)
  })

  it('says what is wrong without repeating a word of it', () => {
    const words = vectors<Vector>('phrase')[1]!.phrase.split(' ')
    const fails = (typed: string, message: RegExp): void => {
      assert.throws(() => accountFromPhrase(typed), (e: Error) => {
        assert.ok(e instanceof BadInputError)
        assert.match(e.message, message)
        assert.ok(!words.some(word => new RegExp(`\\b${word}\\b`, 'u').test(e.message)) && e.cause === undefined)
        return true
      })
    }
    fails(words.slice(1).join(' '), /24 words; this one has 23/u)
    fails('', /this one has 0/u)
    fails(words.with(4, 'acoustik').join(' '), /^word 5 is not/u)
    fails(words.with(4, 'acoustik').with(22, '<b>').join(' '), /^words 5, 23 are not/u)
    fails([words[1], words[0], ...words.slice(2)].join(' '), /checksum/u)
    fails('a '.repeat(100_000), /far too long/u)
    assert.throws(() => normalizePhrase(words.with(0, '__proto__').join(' ')), /word 1 /u)
  })
})
