/**
 * What somebody may do in a group, as bits. The names are Telegram's. A bit that this build does not know is kept: it
 * gives nothing here, and is handed on by who may.
 */

/** What an admin may do beside what every member may. */
export const ADMIN_RIGHTS = {
  changeInfo: 1 << 0,
  deleteMessages: 1 << 1,
  banUsers: 1 << 2,
  inviteUsers: 1 << 3,
  pinMessages: 1 << 4,
  addAdmins: 1 << 5
} as const
/** The name of an admin's right. */
export type AdminRight = keyof typeof ADMIN_RIGHTS

/** What a member may do. */
export const PERMISSIONS = {
  sendMessages: 1 << 0,
  sendPhotos: 1 << 1,
  sendVideos: 1 << 2,
  sendVoices: 1 << 3,
  sendAudios: 1 << 4,
  sendFiles: 1 << 5,
  sendPolls: 1 << 6,
  react: 1 << 7,
  inviteUsers: 1 << 8,
  pinMessages: 1 << 9,
  changeInfo: 1 << 10
} as const
/** The name of a member's permission. */
export type Permission = keyof typeof PERMISSIONS

type Bits = Readonly<Record<string, number>>

/** The names whose bits are set, in the table's order. */
function namesIn<T extends Bits> (table: T, bits: number): Array<keyof T & string> { return Object.entries(table).flatMap(([name, bit]) => (bits & bit) === 0 ? [] : [name as keyof T & string]) }
/** The bits of names. */
function bitsOf<T extends Bits> (table: T, names: ReadonlyArray<keyof T & string>): number { return names.reduce((bits, name) => bits | (table[name] ?? 0), 0) }

/** The rights whose bits are set. */
export function adminRightsIn (bits: number): AdminRight[] { return namesIn(ADMIN_RIGHTS, bits) }
/** The bits of rights. */
export function adminRights (names: readonly AdminRight[]): number { return bitsOf(ADMIN_RIGHTS, names) }
/** The permissions whose bits are set. */
export function permissionsIn (bits: number): Permission[] { return namesIn(PERMISSIONS, bits) }
/** The bits of permissions. */
export function permissionBits (names: readonly Permission[]): number { return bitsOf(PERMISSIONS, names) }

/** All that this build knows. */
export const ALL_ADMIN_RIGHTS = adminRights(Object.keys(ADMIN_RIGHTS) as AdminRight[])
/** What members may unless the group says otherwise: all but to change its name and to pin. */
export const DEFAULT_PERMISSIONS = permissionBits((Object.keys(PERMISSIONS) as Permission[]).filter(name => name !== 'pinMessages' && name !== 'changeInfo'))
