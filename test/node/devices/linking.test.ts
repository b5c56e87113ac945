/** The two sides of linking as pure machines: what a person compares, and what nobody in between can bring about. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { decodeLinkFrame, encodeLinkFrame, encodeLinkOffer, linkCommitment, openLinkAnswer, signLinkAnswer, signLinkReveal, signLinkWord, linkTranscript, type LinkFrame, type LinkOffer } from '../../../src/protocol/message/index.js'
import { ForbiddenError, LIMITS, randomSeed, signerFromSeed, type Signer } from '../../../src/protocol/wire/index.js'
import { beginNew, stepNew, type NewEffect, type NewInput, type NewState } from '../../../src/node/devices/linking/new-side.js'
import { beginOld, stepOld, type OldEffect, type OldInput, type OldState } from '../../../src/node/devices/linking/old-side.js'

const random = (length = 32): Uint8Array => new Uint8Array(randomBytes(length))
const device = (): Signer => signerFromSeed(randomSeed())
const offerOf = (old: Signer, account = device()): LinkOffer => ({ v: 1, account: account.key, device: old.key, accountName: 'Ann', deviceName: 'laptop', nonce: random() })

/** A side with what it wants done; frames it sends are kept until somebody takes them. */
class Old {
  state: OldState
  readonly effects: OldEffect[] = []

  constructor (device: Signer, newDevice: Uint8Array, offer = offerOf(device)) { this.state = beginOld({ offer, device, newDevice }) }

  input (input: OldInput): void {
    const { state, effects } = stepOld(this.state, input)
    this.state = state
    this.effects.push(...effects)
  }

  frames (): Uint8Array[] { return sent(this.effects) }
  get words (): readonly string[] | undefined { return this.effects.flatMap(e => e.type === 'compare' ? [e.stranger.words] : [])[0] }
  get end (): (OldEffect & { type: 'end' }) | undefined { return this.effects.find(e => e.type === 'end') }
}

class New {
  state: NewState
  readonly effects: NewEffect[] = []
  readonly device: Signer

  constructor (device: Signer) {
    this.device = device
    this.state = beginNew({ device, name: 'phone', card: random(64) })
  }

  input (input: NewInput | { type: 'frame', bytes: Uint8Array }): void {
    const { state, effects } = stepNew(this.state, input.type === 'frame' ? { nonce: random(), ...input } : input)
    this.state = state
    this.effects.push(...effects)
  }

  frames (): Uint8Array[] { return sent(this.effects) }
  get words (): readonly string[] | undefined { return this.effects.flatMap(e => e.type === 'compare' ? [e.host.words] : [])[0] }
  get end (): (NewEffect & { type: 'end' }) | undefined { return this.effects.find(e => e.type === 'end') }
}

function sent (effects: Array<OldEffect | NewEffect>): Uint8Array[] {
  const frames = effects.flatMap(e => e.type === 'send' ? [e.frame] : [])
  effects.splice(0, effects.length, ...effects.filter(e => e.type !== 'send') as never[])
  return frames
}

/** Carries frames until neither side says anything more. */
function carry (a: Old, b: New, lose: (frame: Uint8Array) => boolean = () => false): void {
  for (let quiet = false; !quiet;) {
    const [to, from] = [a.frames(), b.frames()]
    for (const bytes of to) if (!lose(bytes)) b.input({ type: 'frame', bytes })
    for (const bytes of from) if (!lose(bytes)) a.input({ type: 'frame', bytes })
    quiet = to.length + from.length === 0
  }
}

function meet (): { old: Old, fresh: New } {
  const fresh = new New(device())
  const old = new Old(device(), fresh.device.key)
  old.input({ type: 'tick' })
  carry(old, fresh)
  return { old, fresh }
}

const has = (effects: ReadonlyArray<{ type: string }>, type: string): boolean => effects.some(e => e.type === type)

describe('linking a device', () => {
  it('shows the same four words on both, and hands over once the person has said yes on both', () => {
    const { old, fresh } = meet()
    assert.equal(old.words?.length, 4)
    assert.deepEqual(old.words, fresh.words)
    old.input({ type: 'confirm', matches: true })
    carry(old, fresh)
    assert.ok(!has(old.effects, 'admit'))
    fresh.input({ type: 'confirm', matches: true })
    carry(old, fresh)
    assert.ok(has(old.effects, 'admit'))
    old.input({ type: 'admitted', sealed: random() })
    carry(old, fresh)
    assert.ok(has(fresh.effects, 'take'))
    fresh.input({ type: 'kept' })
    carry(old, fresh)
    assert.deepEqual([old.end?.error, fresh.end?.error], [null, null])
  })

  it('gets through where every frame is lost once', () => {
    const lost = new Set<string>()
    const once = (bytes: Uint8Array): boolean => {
      const frame = decodeLinkFrame(bytes)
      const name = frame?.kind === 'word' ? Buffer.from(bytes).toString('hex') : frame?.kind ?? ''
      if (lost.has(name)) return false
      lost.add(name)
      return true
    }
    const fresh = new New(device())
    const old = new Old(device(), fresh.device.key)
    const ticks = (): void => {
      for (let i = 0; i < 8; i++) {
        old.input({ type: 'tick' })
        fresh.input({ type: 'tick' })
        carry(old, fresh, once)
      }
    }
    ticks()
    old.input({ type: 'confirm', matches: true })
    fresh.input({ type: 'confirm', matches: true })
    ticks()
    old.input({ type: 'admitted', sealed: random() })
    ticks()
    fresh.input({ type: 'kept' })
    ticks()
    assert.equal(old.end?.error, null)
    // The last word has nobody who waits for it: what is kept is kept.
    fresh.input({ type: 'late' })
    assert.equal(fresh.end?.error, null)
  })

  it('says what did not happen in time: nobody came, nobody compared, or the other device did not let it in', () => {
    const alone = new New(device())
    alone.input({ type: 'late' })
    const compared = meet().fresh
    compared.input({ type: 'late' })
    const agreed = meet().fresh
    agreed.input({ type: 'confirm', matches: true })
    agreed.input({ type: 'late' })
    const words = [alone, compared, agreed].map(({ end }) => end?.error?.message ?? '')
    assert.deepEqual([/no device of the account came in time, and nothing was changed/, /whether the words are the same, and nothing was changed/, /did not let this one in.*devices revoke/].map((said, i) => said.test(words[i]!)), [true, true, true], words.join('\n'))
  })

  it('changes nothing when the person says no on either, and tells the other', () => {
    for (const who of ['old', 'fresh'] as const) {
      const both = meet()
      both[who].input({ type: 'confirm', matches: false })
      carry(both.old, both.fresh)
      assert.ok(both.old.end?.error instanceof ForbiddenError && both.fresh.end?.error instanceof ForbiddenError, who)
      assert.ok(!has(both.old.effects, 'admit') && !has(both.fresh.effects, 'take'))
    }
  })

  it('does not answer for a device that the link does not name', () => {
    const [fresh, thief] = [new New(device()), new New(device())]
    const old = new Old(device(), fresh.device.key)
    old.input({ type: 'tick' })
    carry(old, thief)
    assert.equal(old.words, undefined)
    assert.equal(old.state.phase.name, 'offering')
  })

  it('shows other words on each side to somebody who stands in between with a link of its own', () => {
    // The old device was shown the link of the one in between.
    const fresh = new New(device())
    const between = { asNew: new New(device()), asOld: new Old(device(), fresh.device.key) }
    const old = new Old(device(), between.asNew.device.key)
    old.input({ type: 'tick' })
    between.asOld.input({ type: 'tick' })
    carry(old, between.asNew)
    carry(between.asOld, fresh)
    assert.ok(old.words !== undefined && fresh.words !== undefined)
    assert.notDeepEqual(old.words, fresh.words)
  })

  it('takes no introduction that does not fit the commitment, so nobody can look for words once it has the answer', () => {
    const fresh = new New(device())
    const thief = device()
    const promised = encodeLinkOffer(offerOf(thief))
    fresh.input({ type: 'frame', bytes: encodeLinkFrame({ kind: 'offer', commitment: linkCommitment(promised) }) })
    const answer = decodeLinkFrame(fresh.frames()[0]!) as LinkFrame & { kind: 'answer' }
    const { body } = openLinkAnswer(answer.record, fresh.device.key)
    const other = encodeLinkOffer(offerOf(thief))
    for (const commitment of [linkCommitment(promised), linkCommitment(other)]) {
      const record = signLinkReveal(linkTranscript(commitment, body, other), other, thief)
      fresh.input({ type: 'frame', bytes: encodeLinkFrame({ kind: 'reveal', record }) })
    }
    assert.equal(fresh.words, undefined)
    // What was promised is still taken, signed by the device that it names and by no other.
    const reveal = (signer: Signer): Uint8Array => encodeLinkFrame({ kind: 'reveal', record: signLinkReveal(linkTranscript(linkCommitment(promised), body, promised), promised, signer) })
    const phases = [device(), thief].map(signer => {
      fresh.input({ type: 'frame', bytes: reveal(signer) })
      return fresh.state.phase.name
    })
    assert.deepEqual(phases, ['waiting', 'comparing'])
  })

  it('answers each commitment with random bytes of its own, and only a few of them', () => {
    const fresh = new New(device())
    const nonces = Array.from({ length: LIMITS.linkOffers + 2 }, () => {
      fresh.input({ type: 'frame', bytes: encodeLinkFrame({ kind: 'offer', commitment: random() }) })
      const [bytes] = fresh.frames()
      const frame = bytes === undefined ? undefined : decodeLinkFrame(bytes)
      return frame?.kind === 'answer' ? [Buffer.from(openLinkAnswer(frame.record, fresh.device.key).answer.nonce).toString('hex')] : []
    }).flat()
    assert.equal(nonces.length, LIMITS.linkOffers)
    assert.equal(new Set(nonces).size, LIMITS.linkOffers)
  })

  it('passes over what does not hold: noise, words of others, what is handed over by somebody else', () => {
    const { old, fresh } = meet()
    const stranger = device()
    const phase = old.state.phase
    assert.ok('stranger' in phase)
    const { transcript } = phase.stranger
    for (const bytes of [random(10), encodeLinkFrame({ kind: 'word', record: signLinkWord(transcript, 'agreed', stranger) }), encodeLinkFrame({ kind: 'word', record: signLinkWord(random(), 'agreed', fresh.device) })]) {
      old.input({ type: 'frame', bytes })
      fresh.input({ type: 'frame', bytes })
    }
    old.input({ type: 'confirm', matches: true })
    assert.ok(!has(old.effects, 'admit'))
    // Handed over before the person has said yes: not looked at. Afterwards: it must open, or it never came.
    fresh.input({ type: 'frame', bytes: encodeLinkFrame({ kind: 'welcome', sealed: random() }) })
    assert.ok(!has(fresh.effects, 'take'))
    fresh.input({ type: 'confirm', matches: true })
    fresh.input({ type: 'frame', bytes: encodeLinkFrame({ kind: 'welcome', sealed: random() }) })
    assert.ok(has(fresh.effects, 'take'))
    fresh.input({ type: 'not-taken' })
    assert.equal(fresh.state.phase.name, 'agreed')
  })

  it('takes the first answer of the new device and no second one', () => {
    const { old, fresh } = meet()
    const words = old.words
    const phase = old.state.phase
    const commitment = linkCommitment(encodeLinkOffer(old.state.facts.offer))
    old.input({ type: 'frame', bytes: encodeLinkFrame({ kind: 'answer', record: signLinkAnswer({ v: 1, commitment, name: 'other', card: random(), nonce: random() }, fresh.device) }) })
    assert.equal(old.state.phase, phase)
    assert.deepEqual(old.words, words)
  })
})
