/** The door of `node/account`: the account's own state and its publication. */
export { Account } from './account.js'
export { accountCodec, inviteName } from './account-record.js'
export type { HomeRelay, InviteRecord, KeyPackageEntry, OwnedLog } from './account-record.js'
export { Publisher } from './publisher.js'
