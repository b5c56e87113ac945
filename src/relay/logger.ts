/** How much a log line matters. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** Facts of a log line: numbers, codes, counts, short prefixes of ids. Never a key, a token, a text or a whole id. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>

/** Takes one structured log line. `event` is a stable, dotted name such as `session.opened`. Must not throw. */
export type Logger = (level: LogLevel, event: string, fields?: LogFields) => void

/** Drops every line. */
export const silentLogger: Logger = () => undefined
