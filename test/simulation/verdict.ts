/** What must hold at the end of every run, whatever went wrong in it. */
import assert from 'node:assert/strict'
import { base32Text, chainStart, decodeLeaf, peerIdText, sameBytes, verifyRun, type StoredEntry } from '../../src/protocol/wire/index.js'
import type { SimPerson } from './person.js'
import { chatWith, type Scene } from './story.js'

/** Judges a scene at rest. @throws AssertionError that says what does not hold */
export async function judge (scene: Scene): Promise<void> {
  assert.deepEqual(scene.intrusions, [])
  for (const { from, to } of scene.sent) accuseNobody(from, to)
  for (const [i, { from, to }] of scene.sent.entries()) {
    await judgeLog(scene, from, to)
    await judgeTexts(scene, i)
  }
}

/** Every relay here is honest, and so is everybody. */
function accuseNobody (from: SimPerson, to: SimPerson): void {
  const where = `${from.place} about ${to.place}`
  assert.equal(chatWith(from, to)!.chat.cursor.alarm, null, `${where}: an honest relay is accused`)
  for (const contact of from.core.contacts.all()) assert.equal(contact.alarm, null, `${where}: an honest contact is accused`)
}

/** The home's log: a whole chain, no id twice, and what both members have of it. */
async function judgeLog ({ relays }: Scene, from: SimPerson, to: SimPerson): Promise<void> {
  const { chat } = chatWith(from, to)!
  const home = relays.find(r => sameBytes(r.signer.key, chat.home.peer))!
  const { entries, head } = await home.services.store.logs.read(chat.log, 0, 100_000, 1 << 30)
  const run = verifyRun({ seq: 0, hash: chainStart(chat.log, chat.genesis.home) }, entries.map((e): StoredEntry => ({ leaf: e.leaf, payload: e.payload })))
  assert.equal(run.to.seq, head.seq)
  assert.ok(sameBytes(run.to.hash, chat.cursor.hash), `${from.place} has read another chain than its home has`)
  const ids = entries.map(e => base32Text(decodeLeaf(e.leaf).id))
  assert.equal(new Set(ids).size, ids.length, 'an id stands twice in a log')
}

/** What was taken is there once, in its order; both see the same; the other was told each once. */
async function judgeTexts ({ sent }: Scene, index: number): Promise<void> {
  const { from, to, texts } = sent[index]!
  const where = `${from.place} to ${to.place}`
  const shown = await transcript(from, to)
  assert.deepEqual(shown, await transcript(to, from), `${where}: the two see different timelines`)
  assert.deepEqual(shown.filter(line => line.text.startsWith(where)).map(line => line.text), texts, `${where}: what was taken is in the log once and in order`)
  const told: Array<{ text: string, isPreview: boolean }> = []
  for await (const { event } of to.node.receive()) if (event.type === 'message' && event.message.text.startsWith(where)) told.push({ text: event.message.text, isPreview: event.message.seq === null })
  assert.deepEqual(told.map(({ text }) => text).toSorted(), texts.toSorted(), `${where}: the other is told of each once`)
  // A preview that is lost on its way is told when the log shows it, behind those that came.
  for (const isPreview of [true, false]) {
    const some = told.filter(one => one.isPreview === isPreview).map(({ text }) => text)
    assert.deepEqual(some, texts.filter(text => some.includes(text)), `${where}: the other is told in order`)
  }
}

async function transcript (one: SimPerson, other: SimPerson): Promise<Array<{ seq: number | null, id: string, text: string }>> {
  const { messages } = await one.node.showChat(peerIdText(other.account.key), { limit: 500 })
  return messages.map(({ seq, id, text }) => ({ seq, id, text }))
}
