/** What a chat's relay or member was caught at, and what is missing, as the local API tells it. */

/** What is missing from a chat, and from whom. */
export interface ChatGap {
  /** `log`: numbers of the chat's log, which the relay left out. `member`: of one device's own messages, counted by itself. */
  of: 'log' | 'member'
  from: number
  to: number
  /** Whose messages they are; empty for numbers of the log. */
  account: string
  name: string
  since: Date
}

/**
 * What an alarm is about. `fork`: the relay signed two histories. `rollback`: its log ends before what it had signed, or
 * it held entries back. `broken`: what it sent does not hold. `view`: a member says to have seen another history.
 * `missing`: messages of a member are not there. `device`: a device used a message number twice. `commit`: a member's
 * commit does not hold; the chat goes on by itself once its owner's node has voided it. `refused`: the relay says that
 * this node is at fault.
 */
export interface ChatAlarm {
  kind: 'fork' | 'rollback' | 'broken' | 'view' | 'missing' | 'device' | 'commit' | 'refused'
  /** The number in the log that it is about. */
  seq: number | null
  at: Date
  /** Only somebody's word: nobody can prove it. */
  claim: boolean
  /** The member of a group on whose word alone it is: sending goes on. Null: it stops until the person decides. */
  by: string | null
  /** Number of the evidence that proves it to anybody, see the method listProofs. */
  proof: number | null
}

/** Evidence against a relay, as a file that anybody can check: `petrel proof verify`. */
export interface ChatProof {
  n: number
  kind: 'fork' | 'rollback'
  message: string
  seq: number | null
  at: Date
  /** The file's bytes, base64. */
  evidence: string
}
