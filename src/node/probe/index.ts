/** The door of `node/probe`: what files tell about themselves, and what is taken out of them before they go. */
export { fileType } from './file-types.js'
export { noteText } from './notes.js'
export { createProber, type Prober } from './prober.js'
export { sniff, SNIFF_BYTES, type Sniffed } from './sniff.js'
export { checkThumb } from './thumb.js'
export type { ByteSource, Kind, Note, Probed, ProbeRequest, ShownAs, Thumb } from './types.js'
