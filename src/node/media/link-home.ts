/** A home relay, by its link, as those who bring files to it use it. */
import type { RelayLink } from '../gateway/index.js'
import type { MediaHome } from './home.js'

/** The home behind a link. `addrs`: where others reach it; `keepMs`: for how long it is asked to hold a file, for ever unless told. */
export function linkHome (link: RelayLink, addrs: () => readonly string[], keepMs?: number): MediaHome {
  const { blobs } = link
  const keep = keepMs === undefined ? {} : { keepMs }
  return {
    peer: link.peer,
    get addrs () { return addrs() },
    get isConnected () { return link.state === 'connected' },
    get lastError () { return link.lastError },
    onConnected: listener => link.onState(({ state }) => { if (state === 'connected') listener() }),
    beginUpload: async (upload, bytes, options) => { await blobs.begin(upload, bytes, options) },
    hasBlocks: async (upload, cids, options) => await blobs.has(cids, upload, options),
    putBlocks: async (upload, blocks, options) => { await blobs.put(upload, blocks, options) },
    finishUpload: async (upload, root, size, options) => await blobs.finish(upload, root, size, { ...options, ...keep }),
    dropUpload: async (upload, options) => { await blobs.cancel(upload, options) },
    lease: async (root, size, sources, options) => (await blobs.lease(root, size, sources, { ...options, ...keep })).held,
    release: async (root, options) => { await blobs.release(root, options) }
  }
}
