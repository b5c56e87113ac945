import assert from 'node:assert/strict'
import fc from 'fast-check'
import { formatLink, parseLink, type PetrelLink } from '../../../src/protocol/message/index.js'
import { LIMITS, peerIdText } from '../../../src/protocol/wire/index.js'
import { fill, key, refuses } from '../wire/kit.js'

const account = key(10).key
const id = peerIdText(account)
const relay = `/ip4/192.0.2.1/tcp/4001/p2p/${peerIdText(key(1).key)}`

describe('a petrel: link', () => {
  it('is read back as it was made, whatever the name', () => {
    fc.assert(fc.property(fc.record({
      account: fc.constant(account),
      relays: fc.array(fc.constantFrom(relay, '/dns4/relay.example/tcp/443/wss'), { maxLength: 8 }),
      name: fc.option(fc.string({ unit: 'binary', maxLength: 60 }).filter(name => name.isWellFormed()), { nil: undefined }),
      invite: fc.option(fc.uint8Array({ minLength: 32, maxLength: 32 }), { nil: undefined }),
      group: fc.option(fc.uint8Array({ minLength: 32, maxLength: 32 }), { nil: undefined })
    }), link => {
      const wanted = Object.fromEntries(Object.entries(link).filter(([, v]) => v !== undefined)) as unknown as PetrelLink
      assert.deepEqual(parseLink(formatLink(link)), wanted)
    }))
  })

  it('has this form', () => {
    assert.equal(formatLink({ account, relays: [relay], name: 'Ann B.', invite: fill(32) }),
      `petrel:${id}?relay=${encodeURIComponent(relay).replaceAll('%2F', '/')}&name=Ann+B.&invite=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8`)
    assert.equal(formatLink({ account, relays: [] }), `petrel:${id}`)
  })

  it('may be a bare id, begin with slashes, stand in white space and hold what is not known', () => {
    for (const text of [id, `petrel:${id}`, `petrel://${id}`, ` petrel:${id}\n`, `${id}?`, `petrel:${id}?color=red#top`]) assert.deepEqual(parseLink(text), { account, relays: [] })
  })

  it('is refused with a damaged id, invite or relay, and over its bounds', () => {
    for (const text of ['', 'petrel:', 'petrel:?relay=/x', `petrel:${id.slice(1)}`, `https://example.org/${id}`, `petrel:${id}x`]) refuses(() => parseLink(text), 'ERR_BAD_INPUT')
    refuses(() => parseLink('petrel:link?device=x&secret=y&at=/z'), 'ERR_BAD_INPUT', /devices approve takes it/)
    const seed = Buffer.from(fill(32)).toString('base64url')
    assert.deepEqual(parseLink(`petrel:${id}?invite=${seed}`).invite, fill(32))
    assert.deepEqual(parseLink(`petrel:${id}?group=${seed}`).group, fill(32))
    for (const bad of ['AAEC', '', `${seed}=`, `${seed}.`, `${seed.slice(0, 20)}!${seed.slice(20)}`, `${seed.slice(0, -1)}9`]) for (const name of ['invite', 'group']) refuses(() => parseLink(`petrel:${id}?${name}=${bad}`), 'ERR_BAD_INPUT', /invite is damaged/)
    refuses(() => parseLink(`petrel:${id}?relay=example.org`), 'ERR_BAD_INPUT', /no multiaddr/)
    refuses(() => parseLink(`petrel:${id}?${'relay=/x&'.repeat(9)}`), 'ERR_BAD_INPUT', /too many relays/)
    refuses(() => parseLink(`petrel:${id}?relay=/${'x'.repeat(512)}`), 'ERR_BAD_INPUT')
    refuses(() => parseLink(`petrel:${id}?name=${'x'.repeat(257)}`), 'ERR_BAD_INPUT', /name is too long/)
    refuses(() => parseLink(`petrel:${id}?name=${'x'.repeat(LIMITS.linkBytes)}`), 'ERR_TOO_LARGE')
  })
})
