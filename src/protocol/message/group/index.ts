/** The rules of groups: their policy, and who may what by it. */
export { adminRights, adminRightsIn, ADMIN_RIGHTS, ALL_ADMIN_RIGHTS, DEFAULT_PERMISSIONS, permissionBits, PERMISSIONS, permissionsIn, type AdminRight, type Permission } from './rights.js'
export { decodePolicy, encodePolicy, cachedPolicy, samePolicy, type GroupAdmin, type GroupBan, type GroupPolicy, type GroupRestriction } from './policy.js'
export { ownerKeyHolders, sameHolders } from './key-holders.js'
export { adminOf, hasRight, isBanned, isInForce, mayAsMember, roleOf, type GroupRole } from './role.js'
export { judgeGroupChange, mayRemove, type GroupChange, type GroupPlace } from './judge-commit.js'
export { judgeGroupMessage, mayDeleteOthers, type MessagePlace, type MessageRefusal } from './judge-message.js'
export { applyEdit, editShape, type PolicyEdit } from './edit.js'
