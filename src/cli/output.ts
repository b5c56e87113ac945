/** What a command says: results on stdout, notes and errors on stderr. */
import { toJson } from '../protocol/api/index.js'
import type { Failure } from './failure.js'
import { forHome } from './home.js'
import type { Io } from './io.js'
import type { Settings } from './settings.js'
import { oneLine, safeJson, safeLines } from './terminal/safe-text.js'

/** The version of every JSON object printed by `--json`. A change that could break a reader makes it 2. */
export const JSON_VERSION = 1

/** Where results go. */
export interface Output {
  /** A command's result: as `{"v":1,…}` with --json, else the lines. */
  readonly result: (json: object, lines: () => readonly string[] | Promise<readonly string[]>) => Promise<void>
  /** A line on stderr that is no result: nothing with --quiet or --json. */
  readonly note: (text: string) => Promise<void>
}

/** The output of one run. */
export function outputOf (io: Io, settings: Settings): Output {
  return {
    result: async (json, lines) => {
      if (settings.json) {
        await io.write(jsonLine(json))
        return
      }
      const text = (await lines()).map(line => `${line}\n`).join('')
      if (text !== '') await io.write(text)
    },
    note: async text => {
      if (!settings.quiet && !settings.json) await io.writeError(`${oneLine(text)}\n`)
    }
  }
}

/** An object of ours as one versioned JSON line. */
export function jsonLine (value: object): string { return `${safeJson({ v: JSON_VERSION, ...toJson(value) as object })}\n` }

/** An error for stderr: JSON with --json, else words. `flags`: those that name the home, for the commands that it proposes. */
export function failureText (failure: Failure, json: boolean, flags = ''): string {
  const { code, message, details } = failure
  if (json) return jsonLine({ error: { code, message, details } })
  const candidates = Array.isArray(details.candidates) ? details.candidates.map(name => `  ${oneLine(String(name))}`) : []
  const [first = '', ...rest] = safeLines(forHome(message, flags))
  return [`petrel: ${first}`, ...rest, ...candidates].map(line => `${line}\n`).join('')
}
