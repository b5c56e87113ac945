/** What a node tells its log: events with facts, never a key, a token, a name or a text. */

/** How much an event matters. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** Takes one event. `fields` hold codes, counts and shortened ids only. */
export type NodeLog = (level: LogLevel, event: string, fields?: Readonly<Record<string, string | number | boolean | null>>) => void

/** A log that keeps nothing. */
export const silentLog: NodeLog = () => undefined

/** The end of an id, enough to tell two apart in a log and too little to be one. */
export function shortId (text: string): string { return text.slice(-6) }
