/** The door of `store/core`: what every driver's stores stand on. */
export { Core } from './core.js'
export { checked, sealedBy, type Envelope } from './envelope.js'
export { keyValueView } from './key-value.js'
