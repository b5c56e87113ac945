/** The door of `node/media/fetch`: files that others sent, for whoever on this node reads them. */
export type { Wanted } from './fetcher.js'
export { NodeFiles, type FilesOptions, type NodeFilesParts } from './node-files.js'
export { whoHas } from './who-has.js'
