/** Runs the person's command for one update (`receive --exec`). */
import { spawn } from 'node:child_process'
import { UnavailableError, type Update } from '../../protocol/api/index.js'
import type { Io } from '../io.js'
import { jsonLine } from '../output.js'
import { covered } from '../terminal/styled-text.js'

/** What a run needs. */
export interface CommandRun { readonly command: string, readonly io: Pick<Io, 'env'>, readonly signal: AbortSignal }

/** Facts of an update as environment variables. Texts are data there: a shell does not run what a variable holds. */
function updateEnvironment (update: Update): Record<string, string> {
  const facts: Record<string, string> = { PETREL_N: String(update.n), PETREL_AT: update.at.toISOString(), PETREL_TYPE: update.event.type }
  const { event } = update
  const put = (name: string, value: string | null): void => { if (value !== null) facts[name] = value.replaceAll('\0', '\u2400') }
  switch (event.type) {
    case 'message':
      put('PETREL_CHAT', event.message.chat)
      put('PETREL_ID', event.message.id)
      put('PETREL_FROM', event.message.from)
      put('PETREL_FROM_NAME', event.message.fromName)
      put('PETREL_OWN', event.message.own ? '1' : '0')
      // It is mostly shown to somebody; the JSON has every word.
      put('PETREL_TEXT', covered(event.message.text, event.message.entities))
      put('PETREL_SILENT', event.message.silent ? '1' : '0')
      put('PETREL_MENTIONS_ME', event.message.mentionsMe ? '1' : '0')
      break
    case 'messageState':
      put('PETREL_CHAT', event.chat)
      put('PETREL_ID', event.id)
      put('PETREL_STATE', event.state)
      break
    case 'messageChanged':
      put('PETREL_CHAT', event.message.chat)
      put('PETREL_ID', event.message.id)
      put('PETREL_CHANGE', event.change)
      put('PETREL_TEXT', covered(event.message.text, event.message.entities))
      break
    case 'chat':
      put('PETREL_CHAT', event.chat)
      put('PETREL_CHANGE', event.change)
      break
    case 'gap':
      put('PETREL_CHAT', event.chat)
      put('PETREL_CHANGE', event.healed ? 'healed' : 'gap')
      break
    case 'contact':
      put('PETREL_FROM', event.account)
      put('PETREL_FROM_NAME', event.name)
      put('PETREL_CHANGE', event.change)
      break
    case 'request':
      put('PETREL_ID', event.id)
      put('PETREL_FROM', event.account)
      put('PETREL_FROM_NAME', event.name)
      break
    case 'secret':
      put('PETREL_SECRET', event.secret)
      put('PETREL_CHANGE', event.change)
      break
    default:
      break
  }
  return facts
}

/**
 * Runs the command by the shell, with the update as one JSON line on its stdin.
 *
 * @throws UnavailableError when it ends with anything but 0: the update then comes again
 */
export async function runFor (update: Update, { command, io, signal }: CommandRun): Promise<void> {
  signal.throwIfAborted()
  const child = spawn(command, {
    shell: true, stdio: ['pipe', 'inherit', 'inherit'], env: { ...io.env, ...updateEnvironment(update) }
  })
  // A command that reads nothing of its input is no error.
  child.stdin.on('error', () => undefined)
  child.stdin.end(jsonLine({ update }))
  const end = await new Promise<string | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, killer) => { resolve(code === 0 ? null : killer === null ? `exit code ${String(code)}` : killer) })
  })
  if (end !== null) throw new UnavailableError(`the command ended with ${end} for update ${update.n}: it is not acknowledged and comes again`, { details: { n: update.n } })
}
