/** The door of `relay`: a whole relay, its services alone for a node that hosts its own logs, and the operator's functions. */
export { createRelay, type Relay } from './relay.js'
export { SERVICE_DEFAULTS, type Admission, type PartialServiceOptions, type QuotaOptions, type Rate, type RateOptions, type RelayOptions, type ServiceOptions } from './options.js'
export { BlobService, KeptFor, type BlobServiceParts, type BlobSource, type ComingBlob, type LeaseInfo, type LeaseState } from './blobs/index.js'
export { createServices, type Services } from './hosted.js'
export type { ServiceParts } from './services.js'
export type { LogFields, Logger, LogLevel } from './logger.js'
export type { RelayState, RelayStatus } from './status.js'
export * as operator from './operator/index.js'
