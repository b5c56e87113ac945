/** The door of `node/media/fetch`: files that others sent, for whoever on this node reads them. */
export { Cache, type BlockKeeping } from './cache.js'
export { Fetcher, type Wanted } from './fetcher.js'
export type { BlockHolder } from './holder.js'
export { linkHolder } from './link-holder.js'
export type { FetchTiming } from './timing.js'
export { NodeFiles, type FilesOptions, type NodeFilesParts } from './node-files.js'
export { whoHas } from './who-has.js'
