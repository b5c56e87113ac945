/** Groups as the local API tells them, and the methods that make and run them. */
import type { CallOptions } from './call-options.js'
import type { ChatInfo } from './chats.js'

/** What a member is to its group. */
export type GroupRole = 'owner' | 'admin' | 'restricted' | 'member'

/** A member of a group. */
export interface GroupMember {
  account: string
  name: string
  role: GroupRole
  /** What an admin is called. */
  title: string | null
  /** An admin's rights: changeInfo, deleteMessages, banUsers, inviteUsers, pinMessages, addAdmins. */
  rights: string[]
  /** What it may send and do as a member. */
  permissions: string[]
  /** Whether those are its own, and not the group's. */
  ownPermissions: boolean
  /** Until when it is restricted; null for ever. */
  until: Date | null
  /** It has said that it leaves, and is about to be removed. */
  leaving: boolean
}

/** Somebody who is kept out. */
export interface GroupBan { account: string, name: string, until: Date | null }

/** A group, its members and its rules. */
export interface GroupInfo {
  chat: ChatInfo
  about: string
  /** This account's own role; null when it is no member any more. */
  role: GroupRole | null
  /** Whether newcomers may read what was before them. */
  history: boolean
  /** Seconds between two messages of a member; 0 for none. */
  slowMode: number
  /** What members may: sendMessages, sendPhotos, sendVideos, sendVoices, sendAudios, sendFiles, sendPolls, react, inviteUsers, pinMessages, changeInfo. */
  permissions: string[]
  members: GroupMember[]
  banned: GroupBan[]
  /** Changes of this account that wait for their turn in the log. */
  pending: number
}

/** What a group is made with. */
export interface GroupDraft { about?: string, history?: boolean, members?: string[] }

/** Changes of a group; what is absent stays. */
export interface GroupEdit { title?: string, about?: string, history?: boolean, slowMode?: number, permissions?: string[] }

/** Changes of one member. */
export interface MemberEdit {
  /** Makes it an admin with these rights; `none` makes it a member again. */
  rights?: string[]
  /** What the admin is called. */
  title?: string
  /** Gives it permissions of its own, or `none`. */
  permissions?: string[]
  /** true gives it the group's permissions again. */
  unrestrict?: boolean
  /** How long its own permissions hold; for ever when absent. */
  forMs?: number
  /** true lets somebody who was banned be added again. */
  unban?: boolean
  /** true makes it the owner in this account's place. */
  owner?: boolean
}

/** The methods about groups. A change returns once it stands in the log. */
export interface GroupMethods {
  /** Makes a group and adds contacts. @throws BadInputError, NotFoundError for a member who is no contact */
  createGroup (title: string, options?: CallOptions & GroupDraft): Promise<GroupInfo>
  /** A group with its members. @throws BadInputError for a chat that is none */
  showGroup (chat: string, options?: CallOptions): Promise<GroupInfo>
  /** Changes what the group is and what members may. @throws ForbiddenError */
  editGroup (chat: string, edit: GroupEdit, options?: CallOptions): Promise<GroupInfo>
  /** Adds contacts. @throws ForbiddenError; NotFoundError for who is no contact; UnavailableError while no relay gives its key package */
  addMembers (chat: string, members: string[], options?: CallOptions): Promise<GroupInfo>
  /** Removes members; `ban` keeps them out, for `forMs` or for ever. @throws ForbiddenError */
  removeMembers (chat: string, members: string[], options?: CallOptions & { ban?: boolean, forMs?: number }): Promise<GroupInfo>
  /** Changes what one member is. @throws ForbiddenError, NotFoundError */
  editMember (chat: string, member: string, edit: MemberEdit, options?: CallOptions): Promise<GroupInfo>
  /** Says that this account leaves; it is out once an admin's node has seen that. @throws BadInputError for the owner */
  leaveGroup (chat: string, options?: CallOptions): Promise<void>
}
