/** The door of `store/core`: what every driver's stores stand on. */
export { Core, type CoreSink, type LaterOps } from './core.js'
export { CHECK_BYTES, checked, sealedBy, type Envelope } from './envelope.js'
export { keyValueView } from './key-value.js'
