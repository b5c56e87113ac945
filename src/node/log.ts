/** What a node tells its log: events with facts, never a key, a token, a name or a text. */
import type { Logger } from '../relay/index.js'

/** Takes one event. Fields hold codes, counts and shortened ids only. */
export type NodeLog = Logger

/** A log that keeps nothing. */
export const silentLog: NodeLog = () => undefined

/** The end of an id, enough to tell two apart in a log and too little to be one. */
export function shortId (text: string): string { return text.slice(-6) }
