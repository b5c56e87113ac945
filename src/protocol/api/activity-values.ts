/** The descriptions of readers and of what people do at the moment. */
import type { Activity, Reader, TypingAction } from './activity.js'
import { choice, closedChoice, date, nullable, object, text } from './spec.js'

/** Describes {@link Reader}. */
export const reader = object<Reader>('Reader', {
  account: text(), name: text(), state: choice<Reader['state']>({ delivered: 1, read: 2 }), deliveredAt: nullable(date), readAt: nullable(date)
})

/** Describes {@link Activity}. */
export const activity = object<Activity>('Activity', {
  chat: text(), account: text(), name: text(), kind: choice<Activity['kind']>({ typing: 1, recording: 2, uploading: 3, idle: 4, online: 5, offline: 6 }), until: nullable(date)
})

/** Describes {@link TypingAction}. */
export const typingAction = closedChoice<TypingAction>({ typing: 1, recording: 2, uploading: 3, idle: 4 })
