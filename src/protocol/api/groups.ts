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
  /** Of the call that this answers: who was to be added and was not. */
  notAdded: NotAdded[]
}

/** Somebody who was not added to a group. */
export interface NotAdded {
  account: string
  name: string
  /** Why. */
  error: { code: string, message: string } | null
  /** Its relay is not reached: it is added by itself when it is. */
  waits: boolean
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

/** A link by which others may join a group. Whoever holds it learns nothing of the group before it is let in. */
export interface GroupLink {
  id: string
  /** The group's id. */
  chat: string
  /** What this account calls it; empty for nothing. */
  name: string
  /** What is handed out. It is a secret. */
  link: string
  createdAt: Date
  /** null: it does not end. */
  expiresAt: Date | null
  /** How many may join by it; null: any number. */
  uses: number | null
  /** How many did. */
  used: number
  /** Each who would join is asked about first. */
  approve: boolean
}

/** What a link is made with. */
export interface GroupLinkDraft { expiresInMs?: number, uses?: number, approve?: boolean, name?: string }

/** Somebody who wants to join a group by a link that asks first. */
export interface JoinRequest {
  /** The group's id. */
  chat: string
  account: string
  /** What it calls itself. */
  name: string
  /** The link's id. */
  link: string
  requestedAt: Date
}

/** How far a wish to join is: `sent`: who made the link has not answered; `pending`: it waits for approval. */
export type JoinState = 'sent' | 'pending' | 'joined' | 'refused'

/** A wish to join a group. */
export interface JoinResult {
  state: JoinState
  /** The group, once this account has come in. */
  chat: ChatInfo | null
  /** Why it was refused, in words. */
  reason: string | null
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
  /** Makes a link by which others may join; it works when this returns. @throws ForbiddenError for who may not add members */
  createGroupLink (chat: string, options?: CallOptions & GroupLinkDraft): Promise<GroupLink>
  /** This account's links of a group that are still good, newest first. */
  listGroupLinks (chat: string, options?: CallOptions): Promise<GroupLink[]>
  /** Ends a link, by its id. Who asked before may still be let in. @throws NotFoundError */
  revokeGroupLink (chat: string, id: string, options?: CallOptions): Promise<void>
  /**
   * Asks to join by a link, once, and waits for an answer for at most `waitMs` (10 s unless told). Again with the same
   * link: how far that is.
   * @throws BadInputError for what is no group's link
   */
  joinGroup (link: string, options?: CallOptions & { waitMs?: number }): Promise<JoinResult>
  /** Who waits to be let in by this account's links, the oldest first. */
  listJoinRequests (chat: string, options?: CallOptions): Promise<JoinRequest[]>
  /** Lets somebody in who asked, or not. @throws NotFoundError; ForbiddenError when the group's rules do not allow it */
  answerJoinRequest (chat: string, who: string, accept: boolean, options?: CallOptions): Promise<void>
}
