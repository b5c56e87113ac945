/**
 * What changes of a group cost its members: as chats do them (MLS, manifests, policy, capability keys, the record), and
 * by ts-mls alone as it comes, with the same leaves, in one run. Nothing is sent or written.
 */
import { createCommit, createGroup, decodeMlsMessage, emptyPskIndex, encodeMlsMessage, getCiphersuiteFromName, getCiphersuiteImpl, joinGroup, processPublicMessage, type ClientState, type KeyPackage, type MLSMessage, type Proposal, type Welcome } from 'ts-mls'
import { forgetSuites, MLS_SUITES, suiteOf } from '../../src/protocol/crypto/mls/library.js'
import { clientConfig } from '../../src/protocol/crypto/mls/config.js'
import { readPrivate } from '../../src/protocol/crypto/mls/key-package.js'
import { chainNext, chainStart, encodeLeaf, ENTRY_KIND, leafFor, signerFromSeed, type VerifiedEntry } from '../../src/protocol/wire/index.js'
import { decodeRoster, type Roster } from '../../src/protocol/message/index.js'
import { keysOf, engineFor, type ChatKeys } from '../../src/node/chats/chat-keys.js'
import type { ChatRecord, PendingCommit } from '../../src/node/chats/chat-record.js'
import { takeCommit, type CommitOutcome } from '../../src/node/chats/commit-step.js'
import { makeGroupChat } from '../../src/node/chats/group/create-group.js'
import { makeGroupCommit, type GroupCommit } from '../../src/node/chats/group/make-commit.js'
import { whatFits } from '../../src/node/chats/group/candidates.js'
import { joinChat } from '../../src/node/chats/join.js'
import { manifestsOf } from '../../src/node/chats/member-manifests.js'
import { NOW, person, type Person } from '../../test/node/chats/ready-people.js'
import { round, say } from '../kit/figures.js'

const HOME = signerFromSeed(new Uint8Array(32).fill(9))
const TIMES = 5
const impl = await getCiphersuiteImpl(getCiphersuiteFromName(MLS_SUITES.cloud))
const config = clientConfig({ suite: 'cloud', validateCredential: () => true, now: () => NOW })

/** A member as a chat has it. */
interface Side { readonly record: ChatRecord, readonly keys: ChatKeys }
/** What a wish asks for. */
interface Wish { readonly add?: readonly Person[], readonly remove?: readonly Person[], readonly update?: boolean }
/** A commit as both ways made it. */
interface Made { readonly chat: GroupCommit, readonly entry: VerifiedEntry, readonly bare: Uint8Array, readonly bareAfter: ClientState, readonly welcome: Welcome | undefined }

const median = (times: number[]): number => times.toSorted((a, b) => a - b)[times.length >> 1] ?? 0

/** Processor time of this process so far, ms: unlike the clock it does not count what else the machine does. */
function spent (): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/** The middle of some runs, ms, one way and the other in turn: both then see the same machine. */
async function both <A, B> (ours: () => Promise<A>, bare: () => Promise<B>): Promise<{ ours: number, bare: number, made: A, bareMade: B }> {
  const [a, b]: [number[], number[]] = [[], []]
  let made = await ours()
  let bareMade = await bare()
  for (let i = 0; i < TIMES; i++) {
    // What was verified in the turn before is new to this one.
    forgetSuites()
    await suiteOf('cloud')
    const start = spent()
    made = await ours()
    const middle = spent()
    bareMade = await bare()
    a.push(middle - start)
    b.push(spent() - middle)
  }
  return { ours: median(a), bare: median(b), made, bareMade }
}

/** A group, its founder and one member, in both ways. */
export class Group {
  readonly people: Person[]
  ann: Side
  bob: Side | undefined
  bareAnn: ClientState
  bareBob: ClientState | undefined
  seq = 0

  private constructor (founder: Person, ann: Side, bareAnn: ClientState) {
    this.people = [founder]
    this.ann = ann
    this.bareAnn = bareAnn
  }

  /** A group of its founder. */
  static async found (): Promise<Group> {
    const founder = await person()
    const { record } = await makeGroupChat({ me: founder.manifest, device: founder.device, home: { peer: HOME.key, addrs: [] }, title: 'Birds', now: NOW })
    const { keyPackage, secrets } = readPrivate('cloud', founder.mlsSecrets)
    return new Group(founder, await sideOf(record), await createGroup(record.log, keyPackage, secrets, [], impl, config))
  }

  /** Makes and takes a commit by which everybody comes in, as many as fit at a time. */
  async fill (more: readonly Person[]): Promise<void> {
    for (let left = [...more]; left.length > 0;) {
      const now = whatFits(left.map(candidate), { members: this.people.length, hasPath: false }).length
      const add = left.splice(0, now)
      await this.take(await this.make({ add }), add)
    }
  }

  /** One commit by the founder, made both ways. */
  async make (wish: Wish): Promise<Made> {
    const chat = await this.makeInChat(wish)
    const { bare, after, welcome } = await this.makeBare(wish)
    const { id, payload, base, caps } = chat.commit
    const leaf = { ...leafFor({ id, kind: ENTRY_KIND.commit, payload, base }, this.seq + 1, NOW), caps }
    return { chat, entry: { leaf, hash: chainNext(chainStart(this.ann.record.log, HOME.key), encodeLeaf(leaf)), payload }, bare, bareAfter: after, welcome }
  }

  async makeInChat ({ add = [], remove = [], update = false }: Wish): Promise<GroupCommit> {
    const [founder] = this.people
    if (founder === undefined) throw new Error('nobody')
    const { record, keys } = this.ann
    return await makeGroupCommit({
      record, keys, me: founder.manifest, device: founder.device, seen: { term: 1, seq: this.seq, hash: chainStart(record.log, HOME.key) }, base: this.seq, done: [], candidates: add.map(candidate), now: NOW,
      todo: { add: add.map(p => p.account.key), remove: remove.map(p => p.account.key), update }
    })
  }

  async makeBare ({ add = [], remove = [], update = false }: Wish): Promise<{ bare: Uint8Array, after: ClientState, welcome: Welcome | undefined }> {
    const proposals: Proposal[] = [
      ...remove.map((p): Proposal => ({ proposalType: 'remove', remove: { removed: this.leafOf(p) } })),
      ...add.map((p): Proposal => ({ proposalType: 'add', add: { keyPackage: packageOf(p) } }))
    ]
    const made = await createCommit({ state: this.bareAnn, cipherSuite: impl }, { wireAsPublicMessage: true, extraProposals: update ? [] : proposals, ratchetTreeExtension: false })
    return { bare: encodeMlsMessage(made.commit), after: made.newState, welcome: made.welcome }
  }

  leafOf ({ account }: Person): number { return this.people.findIndex(p => p.account === account) }

  /** Takes a commit at both members; the last one added becomes the member. */
  async take (made: Made, added: readonly Person[] = []): Promise<void> {
    const { chat: { commit, roster }, entry } = made
    const me = this.people[0]?.account.key
    if (this.bob !== undefined && this.bareBob !== undefined) {
      this.bob = sideAfter(await this.followInChat(made))
      this.bareBob = await this.followBare(made)
    }
    this.ann = sideAfter(await takeCommit({ ...this.ann.record, commit }, this.ann.keys, entry, { now: NOW, ...me === undefined ? {} : { me }, hashAt: () => undefined }))
    this.bareAnn = made.bareAfter
    this.seq = entry.leaf.seq
    this.people.push(...added)
    const last = added.at(-1)
    if (last === undefined || this.bob !== undefined) return
    this.bob = await this.joinInChat(made, last, roster === undefined ? undefined : decodeRoster(roster))
    this.bareBob = await this.joinBare(made, last)
  }

  async followInChat ({ entry }: Made): Promise<CommitOutcome> {
    if (this.bob === undefined) throw new Error('nobody follows')
    return await takeCommit(this.bob.record, this.bob.keys, entry, { now: NOW, hashAt: () => undefined })
  }

  async followBare ({ bare }: Made): Promise<ClientState> {
    const message = decoded(bare)
    if (this.bareBob === undefined || message.wireformat !== 'mls_public_message') throw new Error('no commit')
    return (await processPublicMessage(this.bareBob, message.publicMessage, emptyPskIndex, impl, () => 'accept')).newState
  }

  async joinInChat ({ chat: { commit }, entry }: Made, who: Person, roster: Roster | undefined): Promise<Side> {
    const { record } = this.ann
    const newcomer = commit.added.find(({ member }) => member.account === who.manifest.manifest.account) ?? commit.added.at(-1)
    const [founder] = this.people
    if (newcomer === undefined || commit.welcome === null || founder === undefined) throw new Error('nobody was added')
    const manifests = roster === undefined ? [...new Set(record.members.map(m => m.manifest))] : []
    const joined = await joinChat({
      me: who.account.key, sender: founder.manifest, roster, keyPackage: who.secrets, now: NOW,
      invitation: {
        genesis: record.genesis, addrs: [], direct: false, title: null, welcome: commit.welcome, pq: newcomer.pq, keyPackage: newcomer.keyPackage, at: { term: 1, seq: entry.leaf.seq, hash: entry.hash }, manifests
      }
    })
    return await sideOf(joined.record)
  }

  async joinBare ({ welcome, bareAfter }: Made, who: Person): Promise<ClientState> {
    if (welcome === undefined) throw new Error('no Welcome')
    const { keyPackage, secrets } = readPrivate('cloud', who.mlsSecrets)
    return await joinGroup(welcome, keyPackage, secrets, emptyPskIndex, impl, bareAfter.ratchetTree, undefined, config)
  }
}

const candidate = ({ manifest, keyPackage }: Person): { manifest: Person['manifest'], keyPackage: Uint8Array } => ({ manifest, keyPackage })

function decoded (bytes: Uint8Array): MLSMessage {
  const found = decodeMlsMessage(bytes, 0)
  if (found === undefined) throw new Error('no MLS message')
  return found[0]
}

function packageOf ({ mls }: Person): KeyPackage {
  const message = decoded(mls)
  if (message.wireformat !== 'mls_key_package') throw new Error('no key package')
  return message.keyPackage
}

async function sideOf (record: ChatRecord): Promise<Side> {
  const engine = engineFor(manifestsOf(record.members), () => NOW)
  return { record, keys: await keysOf(engine, engine.decodeState(record.mls), record.gpq, record.log) }
}

function sideAfter (outcome: CommitOutcome): Side {
  if (!outcome.ok) throw outcome.error
  return outcome
}

const entryBytes = ({ payload }: PendingCommit): number => payload.length

/** All figures of one size, as lines. */
export async function measureGroup (size: number): Promise<void> {
  const group = await Group.found()
  const more = await Promise.all(Array.from({ length: size + 101 }, person))
  const hundred = more.splice(0, 100)
  const one = more.splice(0, 1)
  // A group of a thousand has its last hundred added while it is measured.
  const grows = size + 100 <= 1024
  await group.fill(more.slice(0, grows ? size - 1 : size - 101))
  const figure = (step: string, { ours, bare }: { ours: number, bare: number }, extra: object = {}): void => { say({ name: `groups/${size}/${step}`, value: round(ours), unit: 'ms', reference: round(bare), ratio: round(bare / ours), ...extra }) }
  const change = async (step: string, wish: Wish): Promise<Made> => {
    const make = await both(async () => await group.makeInChat(wish), async () => await group.makeBare(wish))
    const made = await group.make(wish)
    figure(`${step}/make`, make, { entryBytes: entryBytes(made.chat.commit), commitBytes: made.bare.length })
    figure(`${step}/process`, await both(async () => sideAfter(await group.followInChat(made)), async () => await group.followBare(made)))
    return made
  }
  const many = await change('add 100', { add: hundred })
  const last = hundred.at(-1)
  if (last === undefined) throw new Error('nobody')
  if (!grows) await group.take(many, hundred)
  const added = await change('add 1', { add: one })
  await group.take(added, one)
  const [newest] = one
  if (newest === undefined) throw new Error('nobody')
  const { roster } = added.chat
  const read = roster === undefined ? undefined : decodeRoster(roster)
  figure('join', await both(async () => await group.joinInChat(added, newest, read), async () => await group.joinBare(added, newest)), { welcomeBytes: added.chat.commit.welcome?.length ?? 0, rosterBytes: roster?.length ?? 0 })
  await change('renew', { update: true })
  await change('remove 1', { remove: group.people.slice(1, 2) })
  const { mls, members } = group.ann.record
  say({ name: `groups/${size}/state`, value: mls.length, unit: 'bytes', members: group.people.length })
  say({ name: `groups/${size}/manifests`, value: members.reduce((sum, m) => sum + m.manifest.length, 0), unit: 'bytes', members: group.people.length })
}
