/** Twenty people with real keys who read a hundred messages: what their marks add to the log. */
import assert from 'node:assert/strict'
import { eventually, SmallWorld, type SmallPerson } from '../small-world.js'

const MEMBERS = 20
const MESSAGES = 100
const MARKS = { groupMarkMs: 2000, groupMarkSpreadMs: 20 }

describe('a group of twenty who read a hundred messages', () => {
  it('has few marks in its log, and its author knows that all have read all', async function () {
    this.timeout(300_000)
    const world = await SmallWorld.make()
    try {
      const people: SmallPerson[] = []
      for (let n = 0; n < MEMBERS; n++) people.push(await world.person(`person ${n}`, { marks: MARKS }))
      const [ann, ...others] = people as [SmallPerson, ...SmallPerson[]]
      for (const one of others) await world.introduce(ann, one)
      const { chat: { id } } = await ann.node.createGroup('Birds', { members: others.map(({ name }) => name) })
      const sideOf = (who: SmallPerson): SmallPerson['core']['chats'] extends { all: () => Array<infer S> } ? S | undefined : never => who.core.chats.all().find(s => s.chat.id === id)
      for (const one of others) await eventually(() => sideOf(one) !== undefined)
      const start = Date.now()
      let last = ''
      for (let n = 0; n < MESSAGES; n++) {
        last = (await ann.node.send(id, `message ${n}`)).id
        for (const one of others) await one.node.readChat(id)
      }
      for (const one of others) await eventually(async () => (await one.node.showChat(id)).messages.some(m => m.id === last))
      for (const one of others) await one.node.readChat(id)
      await eventually(async () => (await ann.node.getMessage(id, last)).readBy === MEMBERS - 1)
      const intervals = Math.ceil((Date.now() - start) / MARKS.groupMarkMs) + 1
      let marks = 0
      const { chat } = sideOf(ann)!
      for await (const { row } of chat.timeline.range(1, chat.cursor.seq)) if (row.kind === 'mark') marks++
      assert.ok(marks <= (MEMBERS - 1) * intervals, `${marks} marks in ${intervals} intervals`)
      assert.equal((await ann.node.listReaders(id, last)).length, MEMBERS - 1)
    } finally {
      await world.close()
    }
  })
})
