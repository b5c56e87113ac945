/** The numbers of /petrel/gateway/1: calls, pushes, versions. A number once given is never given again. */

/** The protocol id of the gateway stream. */
export const GATEWAY_PROTOCOL = '/petrel/gateway/1'
/** The protocol id of the streams that carry blocks. */
export const BLOB_PROTOCOL = '/petrel/blob/1'
/** The lowest and highest version of the gateway protocol that this build speaks. */
export const GATEWAY_VERSION = { min: 1, max: 1 } as const

/** Calls. The request and reply messages of each stand in `gateway.proto`. */
export const METHOD = {
  openSession: 1,
  renewSession: 2,
  closeSession: 3,
  prove: 4,
  createLog: 16,
  append: 17,
  read: 18,
  follow: 19,
  unfollow: 20,
  head: 21,
  erase: 22,
  ownerAction: 23,
  grant: 24,
  revoke: 25,
  adoptLog: 26,
  mirror: 27,
  unmirror: 28,
  dropLog: 29,
  putManifest: 32,
  getManifest: 33,
  putKeyPackages: 34,
  getKeyPackage: 35,
  report: 36,
  deleteAccount: 37,
  usage: 38,
  findManifest: 39,
  listSessions: 40,
  // 48 to 63 are for blobs, 64 to 79 for pipes.
  beginUpload: 48,
  finishUpload: 49,
  cancelUpload: 50,
  lease: 51,
  release: 52,
  hasBlocks: 53,
  listLeases: 54,
  pipeListen: 64,
  pipeUnlisten: 65,
  pipeSend: 66,
  pipeKeep: 67,
  pipeForget: 68,
  pipePost: 69,
  pipeTaken: 70
} as const

/** Pushes. */
export const PUSH = { entries: 1, unfollowed: 2, pipe: 3, erased: 4, kept: 5, account: 6 } as const

/** Features a Hello may name. `mirror`: this relay mirrors logs of other homes for the people it hosts. */
export const FEATURE = { mirror: 'mirror' } as const

/** Rights a capability can stand for. DESIGN section 2. */
export const RIGHT = { append: 1, read: 2, mirror: 3, owner: 4 } as const
/** One of {@link RIGHT}'s numbers. */
export type Right = typeof RIGHT[keyof typeof RIGHT]

/** Session roles: a guest uses capabilities on logs that are here; a hosted account may also create logs and publish. */
export const ROLE = { guest: 0, hosted: 1 } as const
/** One of {@link ROLE}'s numbers. */
export type Role = typeof ROLE[keyof typeof ROLE]

/** How a device came to a relay: a class of its address, since nobody but the relay needs to know more. */
export const WAY = { unknown: 0, here: 1, local: 2, internet: 3, relayed: 4 } as const
/** One of {@link WAY}'s numbers. */
export type Way = typeof WAY[keyof typeof WAY]
