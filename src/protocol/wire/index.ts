/** The door of `protocol/wire`: all that a relay may see. */
export * from './errors.js'
export * from './ids.js'
export * from './cbor.js'
export * from './hash.js'
export * from './labels.js'
export * from './limits.js'
export * from './signature.js'
export * as shape from './shape.js'
