import assert from 'node:assert/strict'
import { mock } from 'node:test'
import { nameBytes, RecordKeys } from '../../../src/node/records/index.js'
import { BLOCK_ROWS } from '../../../src/node/search/shard.js'
import { encodeFormat } from '../../../src/node/search/records.js'
import { decodeBody } from '../../../src/protocol/message/index.js'
import { cidOf, CODEC, LIMITS, UnavailableError } from '../../../src/protocol/wire/index.js'
import { type MemoryDisk } from '../../../src/store/memory/engine.js'
import { account, History, wanted, type Talk } from './kit.js'
import { storms } from './storm.js'

const FILE = { root: cidOf(CODEC.raw, new Uint8Array(3)), key: new Uint8Array(32), size: 5, sha256: new Uint8Array(32), at: [] }

/** Whether a word stands in the clear in some record of a disk. */
function isOnDisk (disk: MemoryDisk, word: string): boolean {
  return disk.map.slice({}).some(pair => pair.some(bytes => Buffer.from(bytes).includes(word)))
}

describe('the index of search', () => {
  it('follows what is said, in blocks, and takes what is taken once', async () => {
    const history = await History.open()
    const [talk] = history.chats as [Talk]
    await talk.say('the sea', 'the land')
    assert.deepEqual(await history.texts('sea'), ['the sea'])
    let written = 0
    history.disk.beforeWrite = async () => { written++ }
    assert.deepEqual(await history.texts('lan'), ['the land'])
    assert.equal(written, 0)
    await talk.say(...Array.from({ length: 2 * BLOCK_ROWS }, (_, i) => `wave ${i} of the sea`))
    assert.equal((await history.texts('sea')).length, 2 * BLOCK_ROWS + 1)
    assert.deepEqual(await history.texts('"wave 700"'), ['wave 700 of the sea'])
    assert.equal(history.search.index.pending, 0)
  })

  it('has the words that messages have by now, wherever behind them their edits stand', async () => {
    const history = await History.open()
    const [talk] = history.chats as [Talk]
    await talk.say('a gull', ...Array.from({ length: BLOCK_ROWS + 100 }, (_, i) => `wave ${i}`))
    await talk.edit(1, 'a skua')
    await talk.edit(BLOCK_ROWS + 100, 'a tern')
    await talk.edit(BLOCK_ROWS + 100, 'an auk')
    await talk.say('a petrel')
    const { index } = history.search
    await index.ready({ mostMs: 60_000 })
    const numbers = async (word: string): Promise<number[]> => (await history.found(word)).map(({ seq }) => seq)
    const now = async (): Promise<void> => {
      for (const [word, found] of [['gull', []], ['skua', [1]], ['tern', []], ['auk', [BLOCK_ROWS + 100]], [`"wave ${BLOCK_ROWS + 98}"`, []], ['petrel', [talk.seq]]] as const) assert.deepEqual(await numbers(word), found, word)
    }
    await now()
    assert.equal(index.pending, 0)
    await index.rebuild(undefined)
    await now()
  })

  it('waits while more and more comes, but not for long, and for who searches not at all', async () => {
    const history = await History.open()
    const [talk] = history.chats as [Talk]
    const { index } = history.search
    mock.timers.enable({ apis: ['setTimeout'] })
    try {
      const goOn = async (ms: number): Promise<number> => {
        mock.timers.tick(ms)
        // What it begins then goes on without a timer, and the store has all of it in memory.
        for (let n = 0; n < 100; n++) await new Promise(resolve => { setImmediate(resolve) })
        return index.pending
      }
      await talk.say('a wave')
      index.start()
      assert.equal(await goOn(LIMITS.searchDelayMs), 0)
      let waited = 0
      for (let n = 0; n < LIMITS.searchMostDelayMs / LIMITS.searchDelayMs - 1; n++) {
        await talk.say('another wave', 'and another')
        if (await goOn(LIMITS.searchDelayMs) > 0) waited++
      }
      assert.equal(waited, LIMITS.searchMostDelayMs / LIMITS.searchDelayMs - 1, 'nothing is taken while more comes')
      await talk.say('the last wave')
      assert.equal(await goOn(LIMITS.searchDelayMs), 0, 'it was long enough')
      await talk.say('the tide')
      assert.deepEqual(await history.texts('tide'), ['the tide'])
      await index.stop()
    } finally {
      mock.timers.reset()
    }
  })

  it('goes on where it was after a restart, and finds the same', async () => {
    const history = await History.open()
    await history.chats[0]!.say('one gull', 'two gulls')
    await history.texts('gull')
    await history.chats[0]!.say('three gulls')
    const after = await history.again()
    assert.equal(after.search.index.pending, 3, 'nothing is read before it is needed')
    assert.deepEqual(await after.texts('gul'), ['three gulls', 'two gulls', 'one gull'])
  })

  it('forgets what is deleted, and leaves none of its words on the disk', async () => {
    const history = await History.open()
    const [talk] = history.chats as [Talk]
    await talk.say('the albatross', 'a kittiwake', 'the cormorant', 'a kittiwake again')
    await history.texts('the')
    assert.ok(isOnDisk(history.disk, 'kittiwake'))
    await talk.erase(2)
    await talk.erase(4)
    assert.deepEqual(await history.texts('kittiwake'), [])
    assert.ok(!isOnDisk(history.disk, 'kittiwake'))
    assert.deepEqual(await history.texts('"the cormorant'), ['the cormorant'])
  })

  it('reads and writes nothing but the shards of its own words when a message of a full block changes or goes', async () => {
    const history = await History.open()
    const [talk] = history.chats as [Talk]
    const letters = 'abcdefghijklmnopqrstuvwxyzбгджзи'
    await talk.say(...Array.from({ length: BLOCK_ROWS }, (_, i) => `${letters[i % letters.length]}word ${letters[(i * 7 + 3) % letters.length]}other${i}`))
    assert.equal((await history.texts('aword')).length, BLOCK_ROWS / letters.length)
    const seen = await history.touched(async () => { await talk.erase(33) })
    // Words of two letters, who wrote it, of what kind it is, which shards it stands in; beside them the head, how far the chat was taken, and the mark.
    assert.ok(seen.read <= 8 && seen.written <= 8, JSON.stringify(seen))
    assert.deepEqual([(await history.texts('aword')).length, await history.texts('"dother32"')], [BLOCK_ROWS / letters.length - 1, []])
    const edited = await history.touched(async () => { await talk.set(34, talk.row({ kind: 'text', text: 'zebra' }, { time: 34 })) })
    assert.ok(edited.read <= 9 && edited.written <= 9, JSON.stringify(edited))
    assert.deepEqual([(await history.texts('bword')).length, await history.texts('zebr')], [BLOCK_ROWS / letters.length - 1, ['zebra']])
  })

  it('has the newest words of a message that changed, and those of an old one that became readable', async () => {
    const history = await History.open()
    const [talk] = history.chats as [Talk]
    await talk.add(talk.row(null, { kind: 'before' }), talk.row({ kind: 'text', text: 'a tern' }))
    assert.deepEqual(await history.texts('tern'), ['a tern'])
    await talk.set(2, talk.row({ kind: 'text', text: 'a skua' }, { time: 2 }))
    await talk.set(1, talk.row({ kind: 'text', text: 'an older skua' }, { time: 1 }))
    assert.deepEqual(await history.texts('tern'), [])
    assert.deepEqual(await history.texts('skua'), ['a skua', 'an older skua'])
    // What changed before a restart and was not taken yet is not forgotten for what changes after it.
    const between = await history.again()
    await between.chats[0]!.set(1, talk.row({ kind: 'text', text: 'a fulmar' }, { time: 1 }))
    const after = await between.again()
    await after.chats[0]!.set(2, talk.row({ kind: 'text', text: 'another fulmar' }, { time: 2 }))
    assert.deepEqual(await after.texts('fulmar'), ['another fulmar', 'a fulmar'])
  })

  it('goes back with a log that was taken over, and forward with what comes in its place', async () => {
    const history = await History.open()
    const [talk] = history.chats as [Talk]
    await talk.say(...Array.from({ length: BLOCK_ROWS + 20 }, (_, i) => `old ${i}`))
    assert.equal((await history.texts('old')).length, BLOCK_ROWS + 20)
    await talk.cut(BLOCK_ROWS - 5)
    await talk.say('new 1', 'new 2')
    assert.equal((await history.texts('old')).length, BLOCK_ROWS - 5)
    await talk.say(...Array.from({ length: 30 }, (_, i) => `new ${i + 3}`))
    assert.equal((await history.texts('new')).length, 32)
    // The other way round: the index goes back before anything new comes.
    await talk.cut(3)
    assert.deepEqual(await history.texts('new'), [])
    await talk.say('newest')
    assert.deepEqual(await history.texts('new'), ['newest'])
  })

  it('is made anew when asked, and by itself when it is of another format', async () => {
    const history = await History.open(2)
    await history.chats[0]!.say('a puffin', 'and another puffin')
    await history.chats[1]!.say('a third puffin')
    assert.equal(await history.search.index.rebuild(undefined), 3)
    assert.equal((await history.texts('puffin')).length, 3)
    await history.chats[0]!.erase(1)
    assert.equal(await history.search.index.rebuild(undefined), 2)
    const key = new RecordKeys(new Uint8Array(32).fill(7)).one('search', nameBytes('format'))
    // Of an older version, whose words nobody knows.
    const words = history.disk.map.slice({}).filter(([, value]) => Buffer.from(value).includes('puffin') && !Buffer.from(value).includes(' puffin'))
    assert.equal(words.length, 2)
    for (const [at] of words) history.disk.map.delete(at)
    assert.deepEqual(await (await history.again()).texts('puffin'), [])
    await history.kv.batch([{ type: 'put', key, value: encodeFormat(0) }])
    const after = await history.again()
    assert.equal((await after.texts('puffin')).length, 2)
    assert.ok(words.every(([at]) => after.disk.map.get(at) !== undefined))
  })

  it('says how far it is behind while the disk refuses, finds what it has, and goes on by itself', async () => {
    const history = await History.open()
    const [talk] = history.chats as [Talk]
    await talk.say('a gannet')
    await history.texts('gannet')
    await talk.say('another gannet')
    history.disk.beforeWrite = async () => { throw new UnavailableError('full') }
    assert.deepEqual(await history.texts('gannet'), ['a gannet'])
    assert.equal(history.search.index.pending, 1)
    await assert.rejects(history.search.index.rebuild(undefined))
  })

  it('holds what a message says and nothing else, with what kind it is of', async () => {
    const history = await History.open()
    const [talk] = history.chats as [Talk]
    await talk.add(
      talk.row({ kind: 'media', as: 'photo', file: { ...FILE, name: 'lighthouse.jpg' }, text: 'look' }),
      talk.row({ kind: 'text', text: 'see https://example.org/lighthouse' }, { from: 2, time: 5 }),
      talk.row({ kind: 'service', event: 'lighthouse' }, { kind: 'service' }),
      talk.row({ kind: 'reaction', target: new Uint8Array(16), emoji: ['lighthouse'] }, { kind: 'other' }),
      talk.row({ kind: 'text', text: 'a lighthouse' }, { kind: 'held' }),
      talk.row({ kind: 'media', as: 'hologram', file: FILE })
    )
    assert.deepEqual((await history.found('lighthouse')).map(({ seq }) => seq), [2, 1])
    assert.deepEqual((await history.found('', { kind: 'photo' })).map(({ seq }) => seq), [1])
    assert.deepEqual((await history.found('', { kind: 'file' })).map(({ seq }) => seq), [6])
    assert.deepEqual((await history.found('', { kind: 'link' })).map(({ seq }) => seq), [2])
    assert.deepEqual((await history.found('', { kind: 'text' })).map(({ seq }) => seq), [2])
    assert.deepEqual((await history.found('lighthouse', { from: account(2) })).map(({ seq }) => seq), [2])
    assert.deepEqual((await history.found('', { since: 2, until: 6 })).map(({ seq }) => seq), [2])
  })

  it('takes a message of nothing but different words, and many of them, in bounded steps', async () => {
    const history = await History.open()
    const [talk] = history.chats as [Talk]
    const word = (n: number): string => String.fromCodePoint(...[n % 26, Math.floor(n / 26) % 26, Math.floor(n / 676) % 26].map(x => 97 + x))
    let most = 0
    history.disk.beforeWrite = async ops => { most = Math.max(most, ops.reduce((sum, op) => sum + (op.type === 'put' ? op.value.length : 0), 0)) }
    await talk.say(...Array.from({ length: 60 }, (_, i) => Array.from({ length: 1000 }, (_, j) => word(i * 1000 + j)).join(' ')))
    most = 0
    assert.equal((await history.texts(word(59_999))).length, 4)
    assert.ok(most < 1024 * 1024, String(most))
    // More words that begin alike than one record may hold: the last ones are not found, all others are.
    await talk.say(...Array.from({ length: 75 }, (_, i) => Array.from({ length: 500 }, (_, j) => `Q${i * 500 + j}`).join(' ')), 'finally')
    assert.deepEqual([(await history.texts('"q7"')).length, (await history.texts('"q37499"')).length, (await history.texts('finally')).length], [1, 0, 1])
    assert.ok(most < 1024 * 1024, String(most))
  })

  it('whatever happens, and whenever it is killed, finds what a look at every row finds', async () => { await storms(12) })
})

describe('pages of a search', () => {
  it('have together what one has, through several chats, the newest first', async () => {
    const history = await History.open(3)
    for (let i = 0; i < 40; i++) {
      const talk = history.chats[i % 3]!
      await talk.add(talk.row({ kind: 'text', text: i % 2 === 0 ? `auk ${i}` : 'nothing' }, { time: 1000 + i }))
    }
    const all = await history.texts('auk')
    assert.deepEqual(all, Array.from({ length: 20 }, (_, i) => `auk ${38 - 2 * i}`))
    const paged: string[] = []
    let after
    do {
      const { found, next } = await history.search.find(history.chats, wanted('auk'), { limit: 3, after })
      paged.push(...found.map(({ row }) => (decodeBody(row.body!) as { text: string }).text))
      after = next ?? undefined
    } while (after !== undefined)
    assert.deepEqual(paged, all)
  })

  it('neither lose nor double a message where a home\'s clock went back', async () => {
    const history = await History.open(2)
    const [one, two] = history.chats as [Talk, Talk]
    for (const [i, time] of [500, 900, 100, 800, 300, 700].entries()) await one.add(one.row({ kind: 'text', text: `auk a${i}` }, { time }))
    for (const [i, time] of [200, 400, 600, 850].entries()) await two.add(two.row({ kind: 'text', text: `auk b${i}` }, { time }))
    const seen: string[] = []
    await history.texts('auk')
    let after
    do {
      const { found, next } = await history.search.find(history.chats, wanted('auk'), { limit: 1, after })
      seen.push(...found.map(({ row }) => (decodeBody(row.body!) as { text: string }).text))
      after = next ?? undefined
    } while (after !== undefined)
    assert.equal(seen.length, 10)
    assert.equal(new Set(seen).size, 10)
  })

  it('may be empty: a search that looks in vain stops on its way, and goes on from there', async () => {
    const history = await History.open()
    const [talk] = history.chats as [Talk]
    await talk.say('here it is: "b a"'.replaceAll('"', ''))
    for (let i = 0; i <= LIMITS.searchLooks; i += 500) await talk.say(...Array.from({ length: 500 }, () => 'a b'))
    await history.texts('x')
    const first = await history.search.find(history.chats, wanted('"b a"'), { limit: 5, after: undefined })
    assert.deepEqual(first.found, [])
    assert.ok(first.next !== null)
    const second = await history.search.find(history.chats, wanted('"b a"'), { limit: 5, after: first.next })
    assert.deepEqual([second.found.map(({ seq }) => seq), second.next], [[1], null])
  })
})
