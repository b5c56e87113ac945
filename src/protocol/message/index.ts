/** The door of `protocol/message`: what people say, signed, before it is sealed. Endpoints only. */
export * from './body.js'
export * from './envelope.js'
export * from './commit.js'
export * from './letter.js'
export * from './leaf-identity.js'
export * from './link.js'
export * from './pipe-frame.js'
export * from './vault-record.js'
