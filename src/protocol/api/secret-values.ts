/** The descriptions of secret chats. */
import type { SecretCode, SecretInfo, SecretLine, SecretState } from './secrets.js'
import { mediaFile } from './media-values.js'
import { bool, choice, date, integer, list, nullable, object, text } from './spec.js'
import { textEntity } from './changes-values.js'

const count = integer(0, 2 ** 32 - 1)

/** Describes {@link SecretInfo}. */
export const secretInfo = object<SecretInfo>('SecretInfo', {
  id: text(), account: text(), name: text(), device: text(), state: choice<SecretState>({ asking: 1, asked: 2, open: 3, closed: 4 }), timer: count, unread: count, waiting: count, createdAt: date,
  path: nullable(choice<NonNullable<SecretInfo['path']>>({ direct: 1, circuit: 2, relay: 3 })), alarm: nullable(text()), verified: bool,
  ending: nullable(choice<NonNullable<SecretInfo['ending']>>({ here: 1, there: 2, elsewhere: 3 })), devices: list(text())
})

/** Describes {@link SecretCode}. */
export const secretCode = object<SecretCode>('SecretCode', { digits: text(), emoji: list(object<SecretCode['emoji'][number]>('SecretEmoji', { symbol: text(), name: text() })) })

/** Describes {@link SecretLine}. */
export const secretLine = object<SecretLine>('SecretLine', {
  number: integer(), kind: choice<SecretLine['kind']>({ message: 1, note: 2, lost: 3 }), id: nullable(text()), own: bool, at: date, text: nullable(text()), entities: list(textEntity), replyTo: nullable(text()),
  state: nullable(choice<NonNullable<SecretLine['state']>>({ waiting: 1, delivered: 2, read: 3, sent: 30, failed: 4 })), edited: bool,
  reactions: object<SecretLine['reactions']>('SecretReactions', { own: list(text()), theirs: list(text()) }), ttl: count, goesAt: nullable(date), note: nullable(text()), media: list(mediaFile)
})
