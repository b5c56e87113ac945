/** Two people at one relay, one of them behind a proxy. */
import type { PetrelNode } from '../../src/node/index.js'
import { World, type Person } from '../node/world.js'
import { TcpProxy } from './proxy.js'

/** The scene of the tests with a proxy. */
export interface Lossy { readonly world: World, readonly proxy: TcpProxy, readonly alice: Person, readonly bob: Person }

/** Alice next to the relay, Bob behind the proxy, introduced. */
export async function lossy (): Promise<Lossy> {
  const world = await World.make()
  const port = Number(/\/tcp\/(\d+)/.exec(world.address)![1])
  const proxy = await TcpProxy.before(port)
  const alice = await world.person('alice')
  const bob = await world.person('bob', { relay: false })
  await bob.node.addRelay(proxy.address(world.address))
  await world.introduce(alice, bob)
  return { world, proxy, alice, bob }
}

/** Ends it. */
export async function endLossy ({ world, proxy }: Lossy): Promise<void> {
  await proxy.close()
  await world.close()
}

/** The texts that somebody was told, in order, until the given one has come. */
export async function toldUntil (node: PetrelNode, last: string, signal?: AbortSignal): Promise<string[]> {
  const texts: string[] = []
  for await (const { event } of node.receive({ follow: true, ...signal === undefined ? {} : { signal } })) {
    if (event.type !== 'message') continue
    texts.push(event.message.text)
    if (event.message.text === last) return texts
  }
  throw new Error('the updates ended')
}
