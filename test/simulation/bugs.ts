/** Bugs to plant in a simulated world: each is what a relay or its store would do if one line of it were missing. */
import { decodeMeta } from '../../src/relay/logs/meta.js'
import { sha256 } from '../../src/protocol/wire/index.js'
import type { AppendItem, LogStore } from '../../src/store/index.js'
import type { Bugs } from './world.js'

/** The store with another way to append. */
function appending (change: (items: Parameters<LogStore['append']>[0]) => Parameters<LogStore['append']>[0]): Bugs['store'] {
  return store => {
    const logs = new Proxy(store.logs, {
      get (target, name) {
        if (name === 'append') return async (...[items, options]: Parameters<LogStore['append']>) => await target.append(change(items), options)
        if (name === 'appendFor') return (...[items, sink]: Parameters<LogStore['appendFor']>) => { target.appendFor(change(items), sink) }
        const value = Reflect.get(target, name, target) as unknown
        return typeof value === 'function' ? (value as (...args: unknown[]) => unknown).bind(target) : value
      }
    })
    return new Proxy(store, { get: (target, name) => name === 'logs' ? logs : Reflect.get(target, name, target) as unknown })
  }
}

/** An item with something else in it. Not all that it has is its own. */
function changed (item: AppendItem, change: Partial<AppendItem>): AppendItem {
  return { log: item.log, id: item.id, ...item.lane === undefined ? {} : { lane: item.lane }, build: (head, now) => item.build(head, now), ...change }
}

let salt = 0

/** Each bug by what is missing, what a run says that finds it, and the seed to begin with where the first ones do not. */
export const BUGS: Readonly<Record<string, Bugs & { readonly found: RegExp, readonly from?: number }>> = {
  'acknowledges before its disk has synced': { found: /ends at entry|accused|rolled back/, syncs: false, from: 12 },
  'does not look whether an id is there already': { found: /twice/, store: appending(items => items.map(item => changed(item, { id: Buffer.concat([item.id, Buffer.from(`${++salt}`)]) }))) },
  'leaves the hash before out of the chain': {
    found: /chain/,
    store: appending(items => items.map(item => changed(item, {
      build: (head, now) => {
        const built = item.build(head, now)
        return { ...built, hash: sha256(built.leaf) }
      }
    })))
  },
  'does not ask for the right to append': {
    found: /without a key/,
    services: services => {
      const { appender, store } = services
      const append = appender.appendFor.bind(appender)
      appender.appendFor = (peer, log, request, sink) => {
        store.logs.head(log.log).then(head => {
          const meta = decodeMeta(head.meta)
          if (meta.kind === 'log') peer.prove(log.name, 'append', { key: meta.append })
          append(peer, log, request, sink)
        }).catch((error: unknown) => { sink.failed(error) })
      }
    }
  }
}
