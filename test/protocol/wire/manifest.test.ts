import assert from 'node:assert/strict'
import {
  compareManifests, encodeCbor, LABELS, LIMITS, lists, logIdOf, openCertificate, openManifest, requireSuccession, signCertificate, signGeneration, signManifest, signRecord,
  withoutRevoked, x25519Key, type Manifest, type Signer
} from '../../../src/protocol/wire/index.js'
import { Family, fill, flipped, key, refuses } from './kit.js'

const ann = new Family(10)
const held = ann.sign(ann.first())
/** Raises to a generation with these devices. */
const raise = (generation: number, devices: Signer[], by: Signer = ann.account): Uint8Array =>
  signGeneration({ v: 1, account: ann.account.key, generation, devices: devices.map(d => d.key), time: 2 }, by)
const full: Partial<Manifest> = {
  relays: [{ peer: key(1).key, addrs: ['/ip4/127.0.0.1/tcp/1'] }], inbox: { log: logIdOf(fill(3)), requests: null, key: x25519Key(fill(32)) }, keyPackages: [fill(32)]
}

describe('a manifest', () => {
  it('comes back as it was signed, with its hash and signer', () => {
    const manifest = ann.first(full)
    const { manifest: read, signer, hash, bytes } = openManifest(signManifest(manifest, ann.account))
    assert.deepEqual(encodeCbor(read), encodeCbor(manifest))
    assert.deepEqual(signer, ann.account.key)
    assert.equal(hash.length, 32)
    assert.deepEqual(openManifest(bytes).hash, hash)
  })

  it('keeps what a later version put into it, at every depth, when the next one is signed', () => {
    const first = ann.sign(ann.first({
      ...full, relays: [{ peer: key(1).key, addrs: [], unknown: { weight: 5 } } as never], devices: [{ ...ann.certify(ann.phone), unknown: { push: 'token' } } as never], unknown: { language: 'de' }
    }))
    assert.ok(Buffer.from(first.bytes).includes('weight') && !Buffer.from(first.bytes).includes('unknown'))
    const next = ann.next(first, { time: 9 })
    assert.deepEqual(next.manifest.unknown, { language: 'de' })
    assert.deepEqual((next.manifest.relays[0] as { unknown?: unknown }).unknown, { weight: 5 })
    assert.deepEqual((next.manifest.devices[0] as { unknown?: unknown }).unknown, { push: 'token' })
    assert.deepEqual(next.manifest, { ...first.manifest, version: 2, prev: first.hash, time: 9 })
  })

  it('is refused when it is signed by a device that it does not list, or that it revokes', () => {
    refuses(() => openManifest(signManifest(ann.first(), key(99))), 'ERR_PROOF', /signed by a key that it does not list/)
    refuses(() => openManifest(signManifest(ann.first({ revoked: [{ key: ann.phone.key, version: 1 }] }), ann.phone)), 'ERR_PROOF', /does not list/)
  })

  it('is refused when a device is certified by nobody, by a stranger or by itself', () => {
    const tablet = key(50)
    for (const by of [key(99), tablet]) {
      refuses(() => openManifest(signManifest(ann.first({ devices: [ann.certify(ann.phone), ann.certify(tablet, by)] }), ann.account)), 'ERR_PROOF', /not certified by the account key/)
    }
  })

  it('is refused when its devices certify each other and the account key certified none: nobody can make one for another\'s account', () => {
    const [a, b] = [key(51), key(52)]
    refuses(() => openManifest(signManifest(ann.first({ devices: [ann.certify(a, b), ann.certify(b, a)] }), a)), 'ERR_PROOF', /not certified by the account key/)
    refuses(() => openManifest(signManifest(ann.first({ devices: [ann.certify(ann.phone), ann.certify(a, b), ann.certify(b, a)] }), ann.account)), 'ERR_PROOF')
    refuses(() => openManifest(signManifest(ann.first({ devices: [ann.certify(a, b)], revoked: [{ key: b.key, version: 1 }] }), a)), 'ERR_PROOF')
  })

  it('holds when a chain of certificates leads to the account key, over a revoked device too', () => {
    const [a, b] = [key(51), key(52)]
    const devices = [ann.certify(ann.phone), ann.certify(a, ann.phone), ann.certify(b, a)]
    assert.equal(lists(ann.sign(ann.first({ devices }), b).manifest, b.key), true)
    assert.equal(lists(ann.sign(ann.first({ devices, revoked: [{ key: ann.phone.key, version: 1 }] }), b).manifest, ann.phone.key), false)
  })

  it('is refused with the certificate of another device, another account, or altered', () => {
    const bob = new Family(20)
    for (const cert of [ann.certify(ann.laptop).cert, signCertificate({ v: 1, account: bob.account.key, device: ann.phone.key, time: 1 }, bob.account)]) {
      refuses(() => openManifest(signManifest(ann.first({ devices: [{ key: ann.phone.key, cert }] }), ann.account)), 'ERR_PROOF', /another account or device/)
    }
    const { cert } = ann.certify(ann.phone)
    refuses(() => openManifest(signManifest(ann.first({ devices: [{ key: ann.phone.key, cert: flipped(cert, cert.length - 1) }] }), ann.account)), 'ERR_PROOF', /certificate/)
  })

  it('is refused with a device twice', () => {
    refuses(() => openManifest(signManifest(ann.first({ devices: [ann.certify(ann.phone), ann.certify(ann.phone)] }), ann.account)), 'ERR_PROOF', /twice/)
  })

  it('names a successor by the account key alone', () => {
    assert.deepEqual(ann.sign(ann.first({ successor: key(77).key })).manifest.successor, key(77).key)
    refuses(() => openManifest(signManifest(ann.first({ successor: key(77).key }), ann.phone)), 'ERR_PROOF', /successor/)
  })

  it('does not hold when any byte of it is altered', () => {
    const { bytes } = ann.sign(ann.first(full))
    for (let at = 4; at < bytes.length; at += 7) assert.throws(() => openManifest(flipped(bytes, at)), { code: /ERR_(PROOF|BAD_INPUT)/ })
  })

  it('is held to its bounds before it is decoded', () => {
    refuses(() => openManifest(new Uint8Array(LIMITS.manifestBytes + 257)), 'ERR_TOO_LARGE')
    const many = Array.from({ length: LIMITS.devices + 1 }, (_, i) => ann.certify(key(100 + i)))
    refuses(() => openManifest(signManifest(ann.first({ devices: many }), ann.account)), 'ERR_BAD_INPUT', /devices/)
    refuses(() => openManifest(signManifest({ ...ann.first(), v: 2 as 1 }, ann.account)), 'ERR_BAD_INPUT')
    refuses(() => openManifest(signManifest(ann.first({ inbox: { log: logIdOf(fill(3)), requests: null, key: key(1).key } }), ann.account)), 'ERR_BAD_INPUT')
  })

  it('has room for as many devices, revocations and relays as are said', () => {
    const devices = Array.from({ length: LIMITS.devices }, (_, i) => ann.certify(key(100 + i)))
    const revoked = devices.map(d => ({ key: d.key, version: 1 }))
    const relays = Array.from({ length: LIMITS.homeRelays }, (_, i) => ({ peer: key(i).key, addrs: [`/dns4/${'relay.'.repeat(10)}example/tcp/4001`] }))
    assert.equal(ann.sign({ ...ann.first(full), devices, revoked, relays }).manifest.devices.length, 64)
  })
})

describe('a generation', () => {
  const raised = raise(2, [ann.laptop])
  const second = ann.first({ generation: 2, version: 5, prev: held.hash, devices: [ann.certify(ann.laptop)], raised })

  it('above the first holds with the account key\'s word, whichever listed device signed this version', () => {
    for (const by of [ann.account, ann.laptop]) assert.equal(ann.sign(second, by).manifest.generation, 2)
  })

  it('is not raised by a device: not without the word, not with one it signed itself, not with another generation\'s or account\'s', () => {
    const { raised: _raised, ...without } = second
    refuses(() => openManifest(signManifest(without, ann.laptop)), 'ERR_PROOF', /not opened by the account key/)
    refuses(() => openManifest(signManifest(without, ann.account)), 'ERR_PROOF', /not opened by the account key/)
    refuses(() => openManifest(signManifest({ ...second, raised: raise(2, [ann.laptop], ann.laptop) }, ann.laptop)), 'ERR_PROOF', /not opened by the account key/)
    refuses(() => openManifest(signManifest({ ...second, generation: 3 }, ann.laptop)), 'ERR_PROOF', /not opened by the account key/)
    const bob = new Family(20)
    const his = signGeneration({ v: 1, account: bob.account.key, generation: 2, devices: [ann.laptop.key], time: 1 }, bob.account)
    refuses(() => openManifest(signManifest({ ...second, raised: his }, ann.laptop)), 'ERR_PROOF', /not opened by the account key/)
  })

  it('leaves a device behind that the account key did not name, although it certified it before', () => {
    refuses(() => openManifest(signManifest({ ...second, devices: [ann.certify(ann.phone)] }, ann.phone)), 'ERR_PROOF', /not certified/)
    refuses(() => openManifest(signManifest({ ...second, devices: [ann.certify(ann.laptop), ann.certify(ann.phone)] }, ann.laptop)), 'ERR_PROOF', /not certified/)
  })

  it('takes in new devices by the certificate of one that was named', () => {
    const tablet = key(50)
    assert.equal(lists(ann.sign({ ...second, devices: [ann.certify(ann.laptop), ann.certify(tablet, ann.laptop)] }, tablet).manifest, tablet.key), true)
  })

  it('beats every fork below it, whatever its version, also when versions of it were missed', () => {
    const fork = ann.next(held, { version: 900, prev: fill(32) })
    const later = ann.sign({ ...second, version: 9, prev: fill(32) }, ann.laptop)
    for (const next of [ann.sign(second), later]) {
      assert.equal(compareManifests(fork, next), 'newer')
      assert.equal(compareManifests(next, fork), 'older')
      requireSuccession(fork, next)
      refuses(() => { requireSuccession(next, fork) }, 'ERR_PROOF', /older/)
    }
  })
})

describe('the next manifest', () => {
  const second = ann.next(held)
  const third = ann.next(second)

  it('follows when it is numbered, chained and signed by a listed device or the account key', () => {
    requireSuccession(held, second)
    requireSuccession(held, ann.next(held, {}, ann.account))
    assert.equal(compareManifests(held, second), 'newer')
    assert.equal(compareManifests(second, held), 'older')
    assert.equal(compareManifests(second, second), 'same')
  })

  it('may come with a gap: who was away cannot see what lay between', () => {
    assert.equal(compareManifests(held, third), 'newer')
    requireSuccession(held, third)
  })

  it('contradicts when it is another one under the same number, or names another one before it', () => {
    const other = ann.next(held, { time: 99 }, ann.laptop)
    const unchained = ann.next(held, { prev: fill(32) })
    const rootless = ann.next(held, { prev: null })
    for (const [a, b] of [[second, other], [held, unchained], [held, rootless]] as const) {
      assert.equal(compareManifests(a, b), 'fork')
      refuses(() => { requireSuccession(a, b) }, 'ERR_PROOF', /contradicts/)
    }
  })

  it('does not follow when it is older, the same or another account\'s', () => {
    refuses(() => { requireSuccession(second, held) }, 'ERR_PROOF', /older/)
    refuses(() => { requireSuccession(second, second) }, 'ERR_PROOF', /older/)
    const bob = new Family(20)
    refuses(() => { requireSuccession(held, bob.sign(bob.first({ version: 2, prev: held.hash }))) }, 'ERR_PROOF', /another account's/)
  })

  it('does not follow when its signer was not listed before: a device cannot let itself in', () => {
    const tablet = key(50)
    const devices = [...held.manifest.devices, ann.certify(tablet, ann.phone)]
    refuses(() => { requireSuccession(held, ann.next(held, { devices }, tablet)) }, 'ERR_PROOF', /does not list/)
  })

  it('does not follow when its signer was revoked before, not over a gap either, nor by a device that it certifies', () => {
    const revoking = ann.next(held, { revoked: [{ key: ann.laptop.key, version: 2 }] })
    const thief = key(50)
    const devices = [...held.manifest.devices, ann.certify(thief, ann.laptop)]
    for (const [version, by] of [[3, ann.laptop], [9, ann.laptop], [9, thief]] as const) {
      const forged = ann.sign({ ...ann.first({ devices }), version, prev: revoking.hash }, by)
      refuses(() => { requireSuccession(revoking, forged) }, 'ERR_PROOF', /does not list/)
    }
  })

  it('does not follow from further above than any account comes, nor has a number behind which there is no next one', () => {
    const { version } = held.manifest
    requireSuccession(held, ann.next(held, { version: version + LIMITS.manifestLeap }, ann.laptop))
    refuses(() => { requireSuccession(held, ann.next(held, { version: version + LIMITS.manifestLeap + 1 }, ann.laptop)) }, 'ERR_PROOF', /made it up/)
    refuses(() => ann.next(held, { version: Number.MAX_SAFE_INTEGER }, ann.laptop), 'ERR_BAD_INPUT', /version/)
    // Whatever was signed below, the account key goes on.
    requireSuccession(held, ann.sign({ ...ann.first({ devices: [ann.certify(ann.phone)] }), generation: 2, version: LIMITS.manifestVersion, raised: raise(2, [ann.phone]) }))
  })

  it('follows over a gap when a listed device let its signer in meanwhile', () => {
    const tablet = key(50)
    const devices = [...held.manifest.devices, ann.certify(tablet, ann.phone)]
    const let_ = ann.next(held, { devices })
    requireSuccession(held, ann.next(let_, {}, tablet))
  })
})

describe('a manifest full of revoked devices', () => {
  const [a, b, c] = [key(51), key(52), key(53)]
  const names = (devices: Manifest['devices']): string[] => devices.map(d => Buffer.from(d.key).toString('hex')).sort()
  const hex = (...signers: Signer[]): string[] => signers.map(s => Buffer.from(s.key).toString('hex')).sort()
  /** The phone let a in, a let b and c in; a and others are revoked. */
  const grown = (revoked: Signer[]): Manifest => ann.first({
    version: 3, devices: [ann.certify(ann.phone), ann.certify(ann.laptop), ann.certify(a, ann.phone), ann.certify(b, a), ann.certify(c, a)], revoked: revoked.map(({ key: one }) => ({ key: one, version: 3 }))
  })

  it('loses those that certify nobody, and those that do, once another one certifies in their place', () => {
    const before = grown([a, c, ann.laptop])
    const devices = withoutRevoked(before, ann.phone, 9)
    assert.deepEqual(names(devices), hex(ann.phone, b))
    assert.deepEqual(openCertificate(devices.find(d => Buffer.compare(d.key, b.key) === 0)!.cert, ann.account.key, b.key).signer, ann.phone.key)
    const held_ = ann.sign(before)
    requireSuccession(held_, ann.next(held_, { devices }))
    requireSuccession(held_, ann.next(ann.next(held_, { devices }), {}, b))
  })

  it('keeps the revoked ones by which the signer itself came, and all that are not revoked', () => {
    assert.deepEqual(names(withoutRevoked(grown([a]), b, 9)), hex(ann.phone, ann.laptop, a, b, c))
    assert.deepEqual(names(withoutRevoked(grown([a, ann.phone]), b, 9)), hex(ann.phone, ann.laptop, a, b, c))
    const untouched = grown([])
    assert.deepEqual(withoutRevoked(untouched, ann.phone, 9), untouched.devices)
  })

  it('does not let them back: their revocations stay', () => {
    const after = ann.sign({ ...grown([a, c]), devices: withoutRevoked(grown([a, c]), ann.phone, 9) })
    const back = ann.sign({ ...grown([]), version: 5, devices: [ann.certify(ann.phone), ann.certify(a, ann.phone)] }, a)
    refuses(() => { requireSuccession(after, back) }, 'ERR_PROOF', /does not list/)
  })
})

describe('a device certificate', () => {
  it('names its signer, keeps what is unknown, and is for one device of one account', () => {
    const { cert } = ann.certify(ann.phone, ann.laptop)
    assert.deepEqual(openCertificate(cert, ann.account.key, ann.phone.key).signer, ann.laptop.key)
    refuses(() => openCertificate(cert, ann.account.key, ann.laptop.key), 'ERR_PROOF')
    refuses(() => openCertificate(cert, key(1).key, ann.phone.key), 'ERR_PROOF')
    const later = signCertificate({ v: 1, account: ann.account.key, device: ann.phone.key, time: 1, unknown: { roles: ['read'] } }, ann.account)
    assert.deepEqual(openCertificate(later, ann.account.key, ann.phone.key).certificate.unknown, { roles: ['read'] })
  })

  it('is not taken from what was signed for another purpose', () => {
    const body = encodeCbor({ v: 1, account: ann.account.key, device: ann.phone.key, time: 1 })
    refuses(() => openCertificate(signRecord(LABELS.leafBinding, body, ann.account), ann.account.key, ann.phone.key), 'ERR_PROOF')
  })
})
