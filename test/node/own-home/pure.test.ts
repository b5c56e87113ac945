import assert from 'node:assert/strict'
import { LIMITS } from '../../../src/protocol/wire/index.js'
import { Neighbours } from '../../../src/node/own-home/neighbours.js'
import { shareableAddresses } from '../../../src/node/own-home/own-addresses.js'
import { waysTo } from '../../../src/node/own-home/ways.js'

describe('the addresses that a node tells of itself', () => {
  const own = '12D3KooWOwn'

  it('are those in its network before others, and loopback only when there is nothing else', () => {
    const loopback = `/ip4/127.0.0.1/tcp/1/p2p/${own}`
    assert.deepEqual(shareableAddresses([loopback, `/ip4/93.184.215.7/tcp/1/p2p/${own}`, `/ip4/192.168.1.7/tcp/1/p2p/${own}`, `/ip6/fe80::1/tcp/1/p2p/${own}`], []), [
      `/ip4/192.168.1.7/tcp/1/p2p/${own}`, `/ip4/93.184.215.7/tcp/1/p2p/${own}`
    ])
    assert.deepEqual(shareableAddresses([loopback], []), [loopback])
  })

  it('are few, and leave room for those through a relay', () => {
    const many = Array.from({ length: 20 }, (_, i) => `/ip4/192.168.1.${i + 1}/tcp/1/p2p/${own}`)
    const through = `/ip4/93.184.215.8/tcp/1/p2p/12D3KooWRelay/p2p-circuit/p2p/${own}`
    assert.deepEqual(shareableAddresses(many, [through]), [...many.slice(0, LIMITS.ownAddresses - 1), through])
    assert.equal(shareableAddresses(many, Array(9).fill(through) as string[]).length, LIMITS.ownAddresses)
  })
})

describe('the ways to a peer', () => {
  const near = '/ip4/192.168.1.7/tcp/1/p2p/12D3KooWPeer'
  const far = '/dns4/relay.example/tcp/4001/p2p/12D3KooWPeer'
  const circuit = '/dns4/relay.example/tcp/4001/p2p/12D3KooWRelay/p2p-circuit/p2p/12D3KooWPeer'

  it('are the visit and nothing else without --lan, wherever the peer is', () => {
    for (const hasRelay of [true, false]) assert.deepEqual(waysTo({ lan: false, hasRelay, heard: ['/ip4/10.0.0.1/tcp/1'], addrs: [near, far, circuit] }), [{ how: 'visit', addrs: [near, far, circuit] }])
  })

  it('are straight to what is near or behind a circuit, and a visit to what is out in the world, where there is a relay to go through', () => {
    assert.deepEqual(waysTo({ lan: true, hasRelay: true, heard: [], addrs: [far] }), [{ how: 'visit', addrs: [far] }])
    assert.deepEqual(waysTo({ lan: true, hasRelay: true, heard: [], addrs: [near, circuit] }), [{ how: 'direct', addrs: [near, circuit] }])
    assert.deepEqual(waysTo({ lan: true, hasRelay: true, heard: ['/ip4/10.0.0.1/tcp/1'], addrs: [near, far] }), [
      { how: 'direct', addrs: ['/ip4/10.0.0.1/tcp/1', near] }, { how: 'visit', addrs: [far] }
    ])
  })

  it('are straight alone without a relay, first where the peer was heard, each address once', () => {
    assert.deepEqual(waysTo({ lan: true, hasRelay: false, heard: ['/ip4/192.168.1.7/tcp/1', '/ip4/192.168.1.7/tcp/2'], addrs: [near, far] }), [
      { how: 'direct', addrs: ['/ip4/192.168.1.7/tcp/1', '/ip4/192.168.1.7/tcp/2', far] }
    ])
  })
})

describe('neighbours', () => {
  it('are where they were heard last, for as long as it counts', () => {
    let now = 0
    const neighbours = new Neighbours(() => now)
    assert.equal(neighbours.hear('a', ['/ip4/10.0.0.1/tcp/1']), true)
    assert.equal(neighbours.hear('a', ['/ip4/10.0.0.1/tcp/1']), false, 'nothing new')
    now += LIMITS.lanPokeMs
    assert.equal(neighbours.hear('a', ['/ip4/10.0.0.2/tcp/1']), true)
    assert.deepEqual(neighbours.addressesOf('a'), ['/ip4/10.0.0.2/tcp/1'])
    now += LIMITS.lanHeardMs
    assert.deepEqual([neighbours.addressesOf('a'), neighbours.count], [[], 0])
  })

  it('that somebody makes up neither fill the memory nor keep a link busy', () => {
    const neighbours = new Neighbours(() => 0)
    for (let i = 0; i < LIMITS.lanNeighbours + 10; i++) neighbours.hear(`peer ${i}`, Array.from({ length: 99 }, (_, j) => `/ip4/10.0.0.1/tcp/${j}`))
    assert.equal(neighbours.count, LIMITS.lanNeighbours)
    assert.equal(neighbours.addressesOf('peer 100').length, LIMITS.addressesPerRelay)
    assert.equal(Array.from({ length: 100 }, (_, i) => neighbours.hear('busy', [`/ip4/10.0.0.1/tcp/${i}`])).filter(Boolean).length, 1)
  })
})
