/** What a change of a group's rules says to its members, in words. */
import assert from 'node:assert/strict'
import { groupNotice, noticeText } from '../../../src/node/chats/group/notice.js'
import { decodeBody, DEFAULT_PERMISSIONS, encodePolicy, type GroupPolicy } from '../../../src/protocol/message/index.js'
import type { KeyBytes } from '../../../src/protocol/wire/index.js'

/** Tagged as an Ed25519 key. */
const account = (n: number): KeyBytes => Uint8Array.of(0xed, 1, ...new Uint8Array(32).fill(n))
const [ann, bob, cat] = [account(1), account(2), account(3)]
const NAMES = ['ann', 'bob', 'cat']
const before: GroupPolicy = { title: 'Birds', about: '', owner: ann, admins: [], permissions: DEFAULT_PERMISSIONS, slowMode: 0, history: true, restricted: [], banned: [] }

type State = NonNullable<Parameters<typeof groupNotice>[0]>
const state = (policy: GroupPolicy, members = [ann, bob, cat]): State => ({ stage: 'ready', policy: encodePolicy(policy), members: members.map(one => ({ account: one, manifest: new Uint8Array() })) })

/** The line between two states. */
function said (after: Partial<GroupPolicy>, members = [ann, bob, cat], was = before, there = [ann, bob, cat]): string | undefined {
  const bytes = groupNotice(state(was, there), state({ ...was, ...after }, members), { byLink: false })
  if (bytes === undefined) return undefined
  const body = decodeBody(bytes)
  assert.equal(body.kind, 'service')
  return body.kind === 'service' ? noticeText(body, one => NAMES[one[2]! - 1]!) : undefined
}

describe('the line about a change of a group', () => {
  it('says what was set', () => {
    assert.equal(said({ slowMode: 30 }), 'set slow mode to 30 s between two messages')
    assert.equal(said({ slowMode: 0 }, undefined, { ...before, slowMode: 30 }), 'ended slow mode')
    assert.equal(said({ history: false }), 'hides from newcomers what was said before')
    assert.equal(said({ permissions: 0 }), 'changed who may do what')
    assert.equal(said({}), undefined)
  })

  it('names all that a change set at once', () => {
    assert.equal(said({ permissions: 0, slowMode: 30 }), 'set slow mode to 30 s between two messages and changed who may do what')
    assert.equal(said({ title: 'Owls', about: 'at night', slowMode: 60 }), 'changed the group\'s name to Owls, changed the group\'s description and set slow mode to 60 s between two messages')
  })

  it('tells a ban from a removal, and its end, and whose permissions are others now', () => {
    assert.equal(said({}, [ann, bob]), 'removed cat')
    const banned = [{ account: cat, until: null }]
    assert.equal(said({ banned }, [ann, bob]), 'banned cat')
    assert.equal(said({ banned: [] }, [ann, bob], { ...before, banned }, [ann, bob]), 'ended the ban of cat')
    assert.equal(said({ restricted: [{ account: bob, permissions: 0, until: null }] }), 'changed what bob may do')
    assert.equal(said({ restricted: [] }, undefined, { ...before, restricted: [{ account: bob, permissions: 0, until: null }] }), 'changed what bob may do')
  })
})
