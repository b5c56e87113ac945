import assert from 'node:assert/strict'
import { Recents, TurnEntries } from '../../src/store/log/recents.js'
import { encodeEntry, RecordedEntry } from '../../src/store/log/codec.js'
import { newId, ZERO_HASH } from './support.js'

describe('entries on their way to the disk', () => {
  function entry (seq: number): RecordedEntry {
    return new RecordedEntry(encodeEntry({ seq, id: newId(), term: 1, time: 0, isCommit: false, erased: false, leaf: new Uint8Array(), payload: new Uint8Array(), prevHash: ZERO_HASH, hash: ZERO_HASH }))
  }

  it('are found by their log and id in the turn that brings them, also where several logs have the same id, until it ends', () => {
    const recents = new Recents<object>()
    const [one, two, three, other] = [{}, {}, {}, {}]
    const [first, second] = [new TurnEntries<object>(), new TurnEntries<object>()]
    const [a, b, c, d, e] = [entry(1), entry(2), entry(3), entry(4), entry(5)]
    first.add(one, 'same', a)
    first.add(two, 'same', b)
    first.add(three, 'same', e)
    first.add(one, 'else', c)
    second.add(one, 'later', d)
    recents.begin(first)
    recents.begin(second)
    assert.deepEqual([one, two, three, other].map(log => recents.find(log, 'same')), [a, b, e, undefined])
    assert.deepEqual(recents.find(one, 'later'), d)
    assert.deepEqual([...recents.of(one)], [a, c, d])
    assert.deepEqual([...recents.of(two)], [b])
    recents.end(first)
    recents.end(first)
    assert.deepEqual([recents.find(one, 'same'), recents.find(one, 'later')], [undefined, d])
  })
})
