/** The door of `relay/blob-streams`: blocks as a relay gives them to others, and fetches them from others. */
export { BlobStreams } from './streams.js'
export { hostSources, type OpenSource } from './sources.js'
