/** Groups of fake nodes: only what an answer looks like. */
import { BLANK_CHAT } from '../../blank.js'
import type { GroupDraft, GroupEdit, GroupInfo, GroupLink, GroupLinkDraft } from '../../../src/protocol/api/index.js'

/** A group as an answer shows it. */
export function fakeGroup (title: string, { about = '', history = true, members = [], slowMode = 0, permissions = [] }: GroupDraft & GroupEdit = {}): GroupInfo {
  return {
    chat: {
      id: 'bgroup', title, kind: 'group', members: members.length + 1, peer: '', home: 'relay', unread: 0, seq: 1, last: null, current: true, signedAt: null, alarm: null, caught: null, gaps: [], moving: null, createdAt: new Date(0), ...BLANK_CHAT
    },
    about, role: 'owner', history, slowMode, permissions,
    members: members.map(name => ({ account: name, name, role: 'member', title: null, rights: [], permissions: [], ownPermissions: false, until: null, leaving: false })),
    banned: [], pending: 0, notAdded: []
  }
}

/** A link as an answer shows it. */
export function fakeLink ({ uses, approve = false, name = '' }: GroupLinkDraft = {}): GroupLink {
  return { id: 'blink', chat: 'bgroup', name, link: 'petrel:12D3KooW?group=x', createdAt: new Date(0), expiresAt: null, uses: uses ?? null, used: 0, approve }
}
