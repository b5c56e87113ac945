import assert from 'node:assert/strict'
import { MirrorPath, type PathOwner } from '../../../src/node/chats/mirror-path.js'
import type { RelayLink } from '../../../src/node/gateway/index.js'
import { FEATURE, ProofError, signerFromSeed } from '../../../src/protocol/wire/index.js'
import { fill } from '../../protocol/wire/kit.js'

/** A link, as far as the choice of a path asks it. */
const linkTo = (n: number): RelayLink => ({ peer: signerFromSeed(fill(32, n)).key, state: 'connected', features: [FEATURE.mirror] }) as unknown as RelayLink

describe('the path to a log that own relays mirror', () => {
  const nothing = { prove: async (): Promise<null> => await Promise.resolve(null) }
  const pathBy = (...mirrors: RelayLink[]): { path: MirrorPath, home: RelayLink } => {
    const home = linkTo(9)
    const owner = {
      log: fill(34), id: 'chat', home: { term: 1, peer: home.peer, addrs: [] }, record: { stage: 'ready' }, keys: {},
      deps: { pool: { link: () => home }, now: () => 0, log: () => undefined, mirrors: () => mirrors }
    }
    return { path: new MirrorPath(owner as unknown as PathOwner), home }
  }

  it('leaves a mirror once for two lies that are found at one time, and lays neither to the home', async () => {
    const { path, home } = pathBy(linkTo(1))
    assert.ok(path.isMirror)
    const lies = [new ProofError('its answer to an append'), new ProofError('what it shows')]
    assert.deepEqual(await Promise.all(lies.map(lie => path.bears(lie, nothing))), [true, true])
    assert.equal(path.link, home)
    path.stop()
  })

  it('lays two lies of one mirror to that one only, where there is another', async () => {
    const second = linkTo(2)
    const { path } = pathBy(linkTo(1), second)
    assert.ok(path.isMirror)
    await Promise.all(['a', 'b'].map(lie => path.bears(new ProofError(lie), nothing)))
    assert.equal(path.link, second)
    path.stop()
  })

  it('gives a copy up once the log lives at an own home, and not at that home, which goes on from it', () => {
    const given: RelayLink[] = []
    const [first, second] = [1, 2].map((n): RelayLink => {
      const link: RelayLink = { ...linkTo(n), unmirror: async () => { await Promise.resolve(given.push(link)) } }
      return link
    }) as [RelayLink, RelayLink]
    for (const mirror of [first, second]) {
      const owner = {
        log: fill(34), id: 'chat', home: { term: 1, peer: linkTo(9).peer, addrs: [] }, record: { stage: 'ready' }, keys: {},
        deps: { pool: { link: () => first }, now: () => 0, log: () => undefined, mirrors: ({ term }: { term: number }) => term === 1 ? [mirror] : null }
      }
      const path = new MirrorPath(owner as unknown as PathOwner)
      assert.equal(path.link, mirror)
      owner.home = { term: 2, peer: first.peer, addrs: [] }
      assert.equal(path.link, first)
      path.stop()
    }
    assert.deepEqual(given, [second])
  })
})
