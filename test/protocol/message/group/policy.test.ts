/** A group's policy decides alone who may change what. */
import assert from 'node:assert/strict'
import { adminRights, ALL_ADMIN_RIGHTS, decodePolicy, DEFAULT_PERMISSIONS, encodePolicy, judgeGroupChange, judgeGroupMessage, ownerKeyHolders, permissionBits, roleOf, sameHolders, type GroupChange, type GroupPolicy } from '../../../../src/protocol/message/group/index.js'
import { BadInputError, ForbiddenError, signerFromSeed, type KeyBytes } from '../../../../src/protocol/wire/index.js'

const person = (n: number): KeyBytes => signerFromSeed(new Uint8Array(32).fill(n)).key
const [owner, anna, berta, carl, dora, eve] = [1, 2, 3, 4, 5, 6].map(person) as [KeyBytes, KeyBytes, KeyBytes, KeyBytes, KeyBytes, KeyBytes]
const members = [owner, anna, berta, carl, dora]
const at = 1_700_000_000_000

const base: GroupPolicy = {
  title: 'Birds', about: '', owner, admins: [{ account: anna, rights: ALL_ADMIN_RIGHTS, by: owner }, { account: berta, rights: adminRights(['inviteUsers', 'addAdmins']), by: anna }],
  permissions: DEFAULT_PERMISSIONS, slowMode: 0, history: true, restricted: [], banned: []
}
const tidy = (policy: GroupPolicy): GroupPolicy => decodePolicy(encodePolicy(policy))
const judge = (change: Partial<GroupChange> & { actor: KeyBytes }, policy = base): void => {
  judgeGroupChange({ policy: tidy(policy), members, at }, { added: [], removed: [], ...change, ...change.policy === undefined ? {} : { policy: tidy(change.policy) } })
}
const refused = (change: Partial<GroupChange> & { actor: KeyBytes }, policy = base): void => { assert.throws(() => { judge(change, policy) }, ForbiddenError) }

describe("a group's policy", () => {
  it('names who holds the owner key: its owner, and who may delete or ban', () => {
    const admins = [{ account: anna, rights: adminRights(['deleteMessages']), by: owner }, { account: berta, rights: adminRights(['changeInfo', 'inviteUsers', 'pinMessages', 'addAdmins']), by: owner }, { account: carl, rights: adminRights(['banUsers']), by: anna }]
    const names = (list: readonly KeyBytes[]): string[] => list.map(one => Buffer.from(one).toString('hex'))
    assert.deepEqual(names(ownerKeyHolders(tidy({ ...base, admins }))), names([owner, anna, carl]).toSorted())
    assert.equal(sameHolders(ownerKeyHolders({ ...base, admins }), [owner, anna, carl].sort((a, b) => Buffer.compare(a, b))), true)
    for (const other of [[], [owner], [owner, anna, berta], [owner, anna, carl, dora]]) assert.equal(sameHolders(ownerKeyHolders({ ...base, admins }), other.sort((a, b) => Buffer.compare(a, b))), false)
  })

  it('comes back from its bytes as it was, in one order, and keeps what it does not know', () => {
    const policy = { ...base, restricted: [{ account: dora, permissions: 1, until: null }], banned: [{ account: eve, until: at }], unknown: { theme: 'blue' } }
    const back = decodePolicy(encodePolicy(policy))
    assert.deepEqual(encodePolicy(back), encodePolicy({ ...policy, admins: [...policy.admins].reverse() }))
    assert.deepEqual(back.unknown, { theme: 'blue' })
  })

  it('refuses what contradicts itself', () => {
    const no = (change: Partial<GroupPolicy>): void => { assert.throws(() => encodePolicy({ ...base, ...change }), BadInputError) }
    no({ title: ' ' })
    no({ title: 'x'.repeat(10_000_000) })
    no({ banned: [{ account: owner, until: null }] })
    no({ banned: [{ account: anna, until: null }] })
    no({ restricted: [{ account: dora, permissions: 0, until: null }, { account: dora, permissions: 1, until: null }] })
  })

  it('lets the owner do all but leave the group without one', () => {
    judge({ actor: owner, added: [eve], removed: [anna], policy: { ...base, title: 'Owls', admins: [base.admins[1]!] } })
    judge({ actor: owner, policy: { ...base, owner: anna, admins: [base.admins[1]!] } })
    refused({ actor: owner, policy: { ...base, owner: eve } })
  })

  it('lets an admin use the rights it has, and no others', () => {
    judge({ actor: anna, removed: [carl], policy: { ...base, banned: [{ account: carl, until: null }] } })
    judge({ actor: berta, added: [eve] })
    refused({ actor: berta, removed: [carl] })
    refused({ actor: berta, policy: { ...base, title: 'Owls' } })
    refused({ actor: berta, policy: { ...base, slowMode: 30 } })
  })

  it('lets nobody touch who stands above', () => {
    refused({ actor: anna, removed: [owner] })
    refused({ actor: berta, removed: [anna], policy: { ...base, admins: [base.admins[1]!] } })
    refused({ actor: berta, policy: { ...base, admins: [{ ...base.admins[0]!, rights: 0 }, base.admins[1]!] } })
    judge({ actor: anna, removed: [berta], policy: { ...base, admins: [base.admins[0]!] } })
  })

  it('lets an admin make others admins with rights of its own only, and resign', () => {
    judge({ actor: berta, policy: { ...base, admins: [...base.admins, { account: carl, rights: adminRights(['inviteUsers']), by: berta }] } })
    refused({ actor: berta, policy: { ...base, admins: [...base.admins, { account: carl, rights: adminRights(['banUsers']), by: berta }] } })
    refused({ actor: berta, policy: { ...base, admins: [...base.admins, { account: carl, rights: 0, by: anna }] } })
    judge({ actor: berta, policy: { ...base, admins: [base.admins[0]!] } })
    refused({ actor: carl, policy: { ...base, admins: [...base.admins, { account: carl, rights: 0, by: carl }] } })
  })

  it('lets a member add others when the group says so, never somebody banned', () => {
    judge({ actor: carl, added: [eve] })
    refused({ actor: carl, added: [eve] }, { ...base, permissions: permissionBits(['sendMessages']) })
    refused({ actor: carl, added: [eve] }, { ...base, banned: [{ account: eve, until: at + 1 }] })
    judge({ actor: carl, added: [eve] }, { ...base, banned: [{ account: eve, until: at }] })
    refused({ actor: carl, added: [eve] }, { ...base, restricted: [{ account: carl, permissions: permissionBits(['sendMessages']), until: null }] })
  })

  it('lets nobody remove itself, nor put somebody out and in again', () => {
    refused({ actor: carl, removed: [dora] })
    refused({ actor: carl, removed: [carl] })
    refused({ actor: carl, removed: [owner, anna], added: [owner, anna], policy: { ...base, admins: [] } })
    refused({ actor: owner, removed: [dora], added: [dora] })
  })

  it('lets only who stands above a restricted member take that away, also when the member goes', () => {
    const muted = { ...base, restricted: [{ account: dora, permissions: 0, until: null }] }
    refused({ actor: berta, policy: base }, muted)
    judge({ actor: anna, removed: [dora] }, muted)
  })

  it('takes no notices from members but that they leave', () => {
    const at1 = { policy: base, author: carl, at }
    assert.equal(judgeGroupMessage(at1, { kind: 'service', event: 'leave' }), undefined)
    assert.equal(judgeGroupMessage(at1, { kind: 'service', event: 'leave', text: 'x' })?.why, 'notice')
    assert.equal(judgeGroupMessage(at1, { kind: 'service', event: 'owner', accounts: [carl] })?.why, 'notice')
  })

  it('bans only whom it removes, and takes roles from whom it removes', () => {
    refused({ actor: anna, policy: { ...base, banned: [{ account: carl, until: null }] } })
    refused({ actor: owner, removed: [anna] })
  })

  it('gives no more by a restriction than members have, and ends it by the time', () => {
    const policy = { ...base, permissions: permissionBits(['react']), restricted: [{ account: carl, permissions: permissionBits(['sendMessages']), until: at }] }
    assert.equal(judgeGroupMessage({ policy, author: carl, at: at - 1 }, { kind: 'text', text: 'hi' })?.why, 'permission')
    assert.equal(roleOf(policy, carl, at - 1), 'restricted')
    assert.equal(roleOf(policy, carl, at), 'member')
  })

  it('holds members to slow mode, not admins', () => {
    const slow = { ...base, slowMode: 30 }
    const text = { kind: 'text', text: 'hi' } as const
    assert.deepEqual(judgeGroupMessage({ policy: slow, author: carl, at, lastAt: at - 29_000 }, text), { why: 'slow', until: at + 1000 })
    assert.equal(judgeGroupMessage({ policy: slow, author: carl, at, lastAt: at - 30_000 }, text), undefined)
    assert.equal(judgeGroupMessage({ policy: slow, author: anna, at, lastAt: at - 1 }, text), undefined)
  })
})
