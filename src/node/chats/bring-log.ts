/** Brings a chat's log to its new home, from the entries as they came: page by page, from where the home has got to. */
import { chainNext, chainStart, decodeCaps, decodeLeaf, ForbiddenError, LIMITS, NotFoundError, ProofError, sameBytes, UnavailableError, verifyRun, type Digest, type TermAction } from '../../protocol/wire/index.js'
import type { AdoptPage, RelayLink } from '../gateway/index.js'
import type { Chat } from './chat.js'

// A home that loses its place again and again is not asked for ever in one go.
const MOST_RESTARTS = 3

/**
 * Brings the log to the home that an order names; again after any break.
 *
 * @param signed - the order's record
 * @returns attested bytes: the log lives there now
 * @throws what the home refuses it with; NotFoundError when this node's copy is not whole
 */
export async function bringLog (chat: Chat, link: RelayLink, action: TermAction, signed: Uint8Array, signal: AbortSignal): Promise<Uint8Array> {
  // By agreement the order's own entry is the last of the old term, and is brought as well.
  const last = action.seq + (action.by === 'agreement' ? 1 : 0)
  const { genesis } = chat.record
  const start = { seq: 0, hash: chainStart(chat.log, chat.genesis.home) }
  let at: { seq: number, hash: Digest } = start
  // The first page is empty: the answer says how far the log has come in an earlier try.
  const first: AdoptPage = { genesis, action: signed, after: 0, hash: at.hash, entries: [], done: false }
  let reply = await link.adoptLog(first, { signal }).catch(async (error: unknown) => {
    if (!(error instanceof ForbiddenError)) throw error
    // It may have a copy from before the owner key became another.
    const handovers = await handoversOf(chat, last)
    if (handovers.length === 0) throw error
    return await link.adoptLog({ ...first, handovers }, { signal })
  })
  for (let restarts = 0; restarts < MOST_RESTARTS;) {
    if (reply.head !== null) return reply.head
    // It holds more than the order keeps: by its rules it drops that and begins anew, so it must not say so for ever.
    if (reply.seq > last) restarts++
    if (reply.seq !== at.seq) at = await placeAt(chat, reply.seq > last ? 0 : reply.seq)
    const entries = await chat.raw.page(at.seq, last)
    if (entries.length === 0 && at.seq < last) throw new NotFoundError(`this node's copy of the chat has no entry ${at.seq + 1}: it cannot bring the log to another home`)
    const done = at.seq + entries.length === last
    reply = await link.adoptLog({ genesis, action: signed, after: at.seq, hash: at.hash, entries, done }, { signal })
    const next = { seq: at.seq + entries.length, hash: entries.reduce((hash, { leaf }) => chainNext(hash, leaf), at.hash) }
    if (reply.head === null && reply.seq <= at.seq) restarts++
    at = next
  }
  throw new UnavailableError('the new home does not get on with the log')
}

/** Keys of the commits that gave the log another owner key, the newest that one call takes, oldest first. */
async function handoversOf (chat: Chat, last: number): Promise<Uint8Array[]> {
  const found: Uint8Array[] = []
  for (let at = 0; at < last;) {
    const page = await chat.raw.page(at, last)
    if (page.length === 0) break
    found.push(...page.flatMap(({ leaf }) => {
      const { caps } = decodeLeaf(leaf)
      return caps !== null && decodeCaps(caps).handover !== undefined ? [caps] : []
    }))
    at += page.length
  }
  return found.slice(-LIMITS.handoversPerCall)
}

async function placeAt (chat: Chat, seq: number): Promise<{ seq: number, hash: Digest }> {
  if (seq === 0) return { seq, hash: chainStart(chat.log, chat.genesis.home) }
  const row = await chat.timeline.at(seq)
  if (row === undefined) throw new UnavailableError(`this node's copy of the chat has no entry ${seq}`)
  return { seq, hash: row.hash }
}

/** Fetches from the present home what this node does not have as it came: a version without that kept rows alone. */
export async function fillCopy (chat: Chat, signal: AbortSignal): Promise<void> {
  const end = chat.cursor.seq
  for (let at = 0; at < end;) {
    const there = await chat.raw.page(at, end)
    if (there.length === 0) {
      const { entries } = await chat.link.read(chat.log, at, LIMITS.readItems, { signal })
      const { to } = verifyRun(await placeAt(chat, at), entries.slice(0, end - at))
      if (to.seq === at || !sameBytes(to.hash, (await placeAt(chat, to.seq)).hash)) throw new ProofError(`the relay does not have the chat as it was verified here, after entry ${at}`)
      await chat.deps.kv.batch(chat.raw.put(await chat.raw.missing(entries.slice(0, to.seq - at).map((entry, i) => [at + 1 + i, entry]))))
      at = to.seq
    }
    at += there.length
  }
}
