/**
 * A message from its sender to the last of many members who are there: a relay with its store on this disk hands it to
 * each by a channel of its own, and each checks chain and head, opens it and checks its signature. All are in one
 * process, without a network: what is compared is the number of members.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { openMessage as unseal, sealMessage } from '../../src/protocol/crypto/index.js'
import { decodeBody, encodeBody, openMessage, signMessage } from '../../src/protocol/message/index.js'
import { chainStart, ENTRY_KIND, pb, RIGHT, signerFromSeed, verifyHead, verifyRun, type LogPosition } from '../../src/protocol/wire/index.js'
import { GatewayService } from '../../src/relay/gateway-handler.js'
import { openLocalChannel } from '../../src/relay/local-channel.js'
import { wireServices } from '../../src/relay/services.js'
import { openLevelStore } from '../../src/store/index.js'
import { Client } from '../../test/relay/kit/client.js'
import { entryId, Person, TestLog } from '../../test/relay/kit/people.js'
import { round, say } from '../kit/figures.js'

const MESSAGES = 40
const content = new Uint8Array(32).fill(7)
const at = (sorted: readonly number[], share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0

/** Figures for some numbers of members. */
export async function measureFanOut (counts: readonly number[]): Promise<void> {
  let one = 0
  for (const members of counts) {
    const { p50, p95, entryBytes, textBytes } = await run(members)
    if (members === counts[0]) one = p50
    say({ name: `groups/to the last of ${members}`, value: round(p50), unit: 'ms', reference: round(one), ratio: round(one / p50), p95: round(p95) })
    if (members === counts[0]) say({ name: 'groups/log bytes of a message', value: entryBytes, unit: 'bytes', textBytes })
  }
}

async function run (members: number): Promise<{ p50: number, p95: number, entryBytes: number, textBytes: number }> {
  const dir = await mkdtemp(join(tmpdir(), 'petrel-bench-'))
  const home = signerFromSeed(new Uint8Array(32).fill(9))
  const store = await openLevelStore(join(dir, 'store'))
  const services = await wireServices({ store, signer: home }, { admission: 'open', quota: {} })
  const gateway = new GatewayService(services)
  try {
    const author = new Person()
    const client = async (person: Person, onPush?: (body: Uint8Array) => void): Promise<Client> => {
      const channel = openLocalChannel({
        device: person.phone.key, home: home.key, handler: async call => await gateway.handler(call), onChannel: side => { gateway.onChannel(side) },
        onPush: ({ body }) => { onPush?.(body); return undefined }
      })
      const made = new Client(channel)
      await made.open(person)
      return made
    }
    const log = new TestLog(home.key)
    const sender = await client(author)
    await sender.createLog(log)
    await sender.prove(sender.proof(log.id, RIGHT.append, log.epoch.append), sender.proof(log.id, RIGHT.read, log.epoch.read))
    let left = 0
    let done = (): void => undefined
    for (let i = 0; i < members; i++) {
      let place: LogPosition = { seq: 0, hash: chainStart(log.id, home.key) }
      const member = await client(new Person(), body => {
        const { entries, head } = pb.EntriesPush.decode(body)
        const taken = verifyRun(place, entries.map(({ leaf, payload }) => ({ leaf, payload: payload ?? null })))
        verifyHead(head, { log: log.id, home: home.key, term: 1, at: taken.to })
        for (const { leaf, payload } of taken.entries) decodeBody(openMessage(unseal(content, payload ?? new Uint8Array(), { log: log.id, epoch: 1, id: leaf.id })).message.body)
        place = taken.to
        if (--left === 0) done()
      })
      await member.prove(member.proof(log.id, RIGHT.read, log.epoch.read))
      await member.follow(log.id)
    }
    const times: number[] = []
    const text = 'A message of the usual length, as people write them to each other.'
    let entryBytes = 0
    for (let i = 1; i <= MESSAGES; i++) {
      const id = entryId()
      const arrived = new Promise<void>(resolve => { done = resolve })
      left = members
      const start = performance.now()
      const signed = signMessage({
        v: 1, chat: log.id, epoch: 1, id, account: author.account.key, devSeq: i, prevOwn: i === 1 ? null : new Uint8Array(32), seen: { term: 1, seq: i - 1, hash: new Uint8Array(32) }, ts: Date.now(), body: encodeBody({ kind: 'text', text })
      }, author.phone)
      const payload = sealMessage(content, signed, { log: log.id, epoch: 1, id })
      entryBytes = payload.length
      await sender.appendOne(log.id, { id, kind: ENTRY_KIND.data, payload })
      await arrived
      times.push(performance.now() - start)
    }
    const sorted = times.slice(MESSAGES / 4).sort((a, b) => a - b)
    return { p50: at(sorted, 0.5), p95: at(sorted, 0.95), entryBytes, textBytes: Buffer.byteLength(text) }
  } finally {
    services.follows.close()
    await store.close()
    await rm(dir, { recursive: true, force: true })
  }
}

