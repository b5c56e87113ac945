import assert from 'node:assert/strict'
import { cleanName, encodeBody, foldedName, openProfile, signMessage, type Body } from '../../../src/protocol/message/index.js'
import type { Signer } from '../../../src/protocol/wire/index.js'
import { Chain, Family, fill, refuses } from '../wire/kit.js'

const chain = Chain.of(1)
const ann = new Family(10)
const bob = new Family(20)
const member = (family: Family): ReturnType<Family['sign']> => family.sign(family.first({ devices: [family.certify(family.phone)] }))
const signed = (body: Body, { by = ann.phone, account = ann.account.key, chat = chain.log }: { by?: Signer, account?: Uint8Array, chat?: Uint8Array } = {}): Uint8Array => signMessage({
  v: 1, chat, epoch: 3, id: fill(16), account, devSeq: 1, prevOwn: null, seen: { term: 1, seq: 1, hash: chain.hash }, ts: 5, body: encodeBody(body)
}, by)

describe('a member\'s name that is handed to a newcomer', () => {
  const members = [member(ann), member(bob)]

  it('is the member\'s own word, signed for this chat', () => {
    assert.deepEqual(openProfile(signed({ kind: 'profile', name: 'Ann' }), chain.log, members), { account: ann.account.key, name: 'Ann' })
  })

  it('is nobody else\'s: not another member\'s, a stranger\'s, another chat\'s or another kind of message', () => {
    const name: Body = { kind: 'profile', name: 'Ann' }
    for (const bytes of [signed(name, { by: bob.phone }), signed(name, { by: ann.laptop }), signed(name, { chat: chain.log.with(-1, chain.log.at(-1)! ^ 1) }), signed({ kind: 'text', text: 'Ann' })]) {
      refuses(() => openProfile(bytes, chain.log, members), 'ERR_PROOF')
    }
    refuses(() => openProfile(signed(name), chain.log, [member(bob)]), 'ERR_PROOF')
    refuses(() => openProfile(signed({ ...name, fallback: 'x'.repeat(900) }), chain.log, members), 'ERR_TOO_LARGE')
    const forged = signed(name)
    refuses(() => openProfile(forged.with(-1, forged.at(-1)! ^ 1), chain.log, members), 'ERR_PROOF')
  })
})

describe('a name', () => {
  it('loses what moves or hides the text beside it', () => {
    assert.deepEqual(['\u001b[2JBob', ' B\u202eob\n', '\u200b \ufeff', 'Zoë 👩‍🚀'].map(cleanName), ['[2JBob', 'Bob', undefined, 'Zoë 👩‍🚀'])
  })

  it('is compared as people see it', () => {
    for (const [a, b] of [['Ann', 'ANN '], ['Ａnn', 'ann'], ['An\u200dn', 'Ann'], ['A nn', 'Ann'], ['Zoe\u0308', 'Zoë']] as const) assert.equal(foldedName(a), foldedName(b))
    assert.notEqual(foldedName('Ann'), foldedName('Anne'))
    assert.equal(foldedName('\u3164\u115f'), '')
  })
})
