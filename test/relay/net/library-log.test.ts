import assert from 'node:assert/strict'
import { libraryLog } from '../../../src/relay/net/library-log.js'

describe('what libp2p says of itself', () => {
  const before = process.env['DEBUG']
  afterEach(() => { if (before === undefined) delete process.env['DEBUG']; else process.env['DEBUG'] = before })

  it('is nothing, of whatever part of it, and takes no logger of its own', () => {
    delete process.env['DEBUG']
    const log = libraryLog().logger?.forComponent('libp2p')
    assert.ok(log !== undefined && !log.enabled)
    assert.equal(log.newScope('tcp').newScope('listener'), log)
    for (const say of [log, log.error, log.trace]) assert.doesNotThrow(() => { say('a %s', 1) })
  })

  it('is what the library says when the environment asks for it', () => {
    process.env['DEBUG'] = 'libp2p:*'
    assert.deepEqual(libraryLog(), {})
  })
})
