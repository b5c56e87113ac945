/** Secret chats, as the local API tells of them: between two devices, in no log, vault, backup or search. */
import type { CallOptions } from './call-options.js'
import type { TextEntity } from './chats.js'
import type { ItemOptions, MediaFile } from './media.js'
import type { TextFormat } from './words.js'

/** `asking`: the other device has not accepted yet. `asked`: this one has not. `closed`: the keys and the messages are gone. */
export type SecretState = 'asking' | 'asked' | 'open' | 'closed'

/** A secret chat. */
export interface SecretInfo {
  id: string
  account: string
  name: string
  /** The other device's PeerId: the chat is with it alone. While several were asked and none has accepted, the first of `devices`. */
  device: string
  /** While it is `asking`: the devices that were asked; the first that accepts has the chat. Otherwise that one alone. */
  devices: string[]
  state: SecretState
  /** Seconds that new messages live after they were read; 0: until the chat is closed. */
  timer: number
  unread: number
  /** Own messages that the other device does not have yet. */
  waiting: number
  createdAt: Date
  /** By what the last frame went: straight to the device, through a circuit relay, or by its home relay; null before the first one. */
  path: 'direct' | 'circuit' | 'relay' | null
  /** Who has closed it: this device (`here`), the other one (`there`); or another device of this account has accepted it too, and has it (`elsewhere`). Null while it is not closed. */
  ending: 'here' | 'there' | 'elsewhere' | null
  /** Why nothing is sent until the person decides; null while there is no reason. */
  alarm: string | null
  /** Whether the person said that the code of these two devices is the same on both: in this chat, or in another one between them. */
  verified: boolean
}

/** What two people compare, aloud or side by side: equal on both devices exactly when nobody sits between them. */
export interface SecretCode {
  /** 60 digits in groups of five. */
  digits: string
  emoji: Array<{ symbol: string, name: string }>
}

/** One line of a secret chat. */
export interface SecretLine {
  /** Rises; names the line in `before`. */
  number: number
  /** `message`: somebody said it. `note`: something happened, as `note` says. `lost`: a message that can never be read. */
  kind: 'message' | 'note' | 'lost'
  /** The message's id; null for other lines. */
  id: string | null
  own: boolean
  /** The sender's clock. */
  at: Date
  text: string | null
  entities: TextEntity[]
  replyTo: string | null
  /** How far an own message has come; null for others. `sent`: a home keeps it for the other device; `failed`: its files were lost before they were at a relay. */
  state: 'waiting' | 'sent' | 'delivered' | 'read' | 'failed' | null
  edited: boolean
  reactions: { own: string[], theirs: string[] }
  /** Seconds it lives after it was read; 0: until the chat is closed. */
  ttl: number
  /** When it goes, once it was read. */
  goesAt: Date | null
  /** `accepted`, `timer:SECONDS`, `timerOff`, `screenshot`, `newer` (something that a newer version says); null for others. */
  note: string | null
  /** Its files, several as an album; `text` is their caption. */
  media: MediaFile[]
}

/** How to say something in a secret chat. */
export interface SecretSendOptions extends CallOptions {
  entities?: TextEntity[]
  format?: TextFormat
  replyTo?: string
  /** Files by the ids that `addMedia` gave, with `secret` in the draft; several are an album, and the text is their caption. */
  media?: string[]
}

/** How the new text of a message is formatted. */
export interface SecretEditOptions extends CallOptions, Pick<SecretSendOptions, 'entities' | 'format'> {}

/** The methods about secret chats. Where `secret` stands an id is taken, a unique start of one, or the name of a contact with whom there is one open secret chat. */
export interface SecretMethods {
  /**
   * Begins a secret chat with a device of a contact: all its devices are asked, and the first that accepts has it; for the
   * others it is gone. Until then nothing can be said.
   *
   * @throws NotFoundError for an unknown contact, or one that leaves no key packages; ProofError while its keys are in doubt
   */
  startSecret (contact: string, options?: CallOptions & { timer?: number }): Promise<SecretInfo>
  /** Accepts one that a contact has begun with this device. */
  acceptSecret (secret: string, options?: CallOptions): Promise<SecretInfo>
  /** All of them, those that wait for an answer first. */
  listSecrets (options?: CallOptions): Promise<SecretInfo[]>
  /** One of them. */
  showSecret (secret: string, options?: CallOptions): Promise<SecretInfo>
  /** What the two people compare. */
  secretCode (secret: string, options?: CallOptions): Promise<SecretCode>
  /**
   * Says something. It returns once it is durable here and sealed; it goes to the other device as soon as that can be
   * reached, over any interruption, exactly once. With files it goes once these are at a relay of this account, which
   * holds them, sealed, for 30 days and for as long as the message is here.
   *
   * @throws NotFoundError for a file that was not added so; ForbiddenError while the chat is not open; ProofError while `alarm` stands; QuotaError when too many wait
   */
  sendSecret (secret: string, text: string, options?: SecretSendOptions): Promise<SecretLine>
  /** A file of a message, and where its bytes are. @throws NotFoundError */
  secretMediaInfo (secret: string, message: string, options?: ItemOptions): Promise<MediaFile>
  /**
   * A file's bytes, as {@link MediaMethods.readMedia} gives them. They are fetched from the other person's relay, and kept
   * on this node's disk, sealed, no longer than the message is here.
   *
   * @throws as that; NotFoundError when the message goes meanwhile
   */
  readSecretMedia (secret: string, message: string, options?: ItemOptions & { start?: number, end?: number }): AsyncIterable<Uint8Array>
  /** Gives an own message another text, formatted by `entities` or as `format` says. */
  editSecret (secret: string, id: string, text: string, options?: SecretEditOptions): Promise<SecretLine>
  /** Erases messages here; own ones on the other device too. */
  deleteSecret (secret: string, ids: string[], options?: CallOptions): Promise<void>
  /** Puts emoji under a message, in place of the own before; none takes them away. */
  reactSecret (secret: string, id: string, emoji: string[], options?: CallOptions): Promise<SecretLine>
  /** Lines, the newest first: at most `limit` (50), older than the line `before`. Reading begins no timer: {@link readSecret} does. */
  secretLines (secret: string, options?: CallOptions & { before?: number, limit?: number }): Promise<SecretLine[]>
  /** Says that everything up to now was read: the other person is told, and timers begin. */
  readSecret (secret: string, options?: CallOptions): Promise<void>
  /** From here on messages of both disappear so many seconds (1 to 604800) after they were read; 0: they stay. */
  setSecretTimer (secret: string, seconds: number, options?: CallOptions): Promise<SecretInfo>
  /** Tells the other person that a picture of the chat was taken. An app that can notice it calls this. */
  noteScreenshot (secret: string, options?: CallOptions): Promise<void>
  /** Ends the chat on both devices: keys and messages are erased. */
  closeSecret (secret: string, options?: CallOptions): Promise<void>
  /**
   * Erases what is left of a closed one: with whom it was, and that it was. If the other device could not be told of the
   * end yet, it is not told any more. Closed ones go so by themselves 14 days after their end.
   *
   * @throws ForbiddenError while it is not closed
   */
  forgetSecret (secret: string, options?: CallOptions): Promise<void>
  /**
   * Says that the two people compared the code and it is the same (or takes that back). Comparing also settles an alarm of
   * the contact, as {@link Petrel.setVerified} does: the code holds for the account too.
   */
  setSecretVerified (secret: string, verified: boolean, options?: CallOptions): Promise<SecretInfo>
}
