/** Questions to the person, on stderr, so that stdout stays the result. */
import { createInterface, type Interface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { EXIT } from '../exit-codes.js'
import { badInput } from '../failure.js'
import { interrupted } from '../interrupted.js'

/** The answer to a question; an empty one gives the default. @throws an Interruption for Ctrl-C; BadInputError for Ctrl-D */
export async function ask (question: string, preset: string, signal: AbortSignal): Promise<string> {
  const text = (await answer(createInterface({ input: process.stdin, output: process.stderr }), `${question} [${preset}]: `, signal)).trim()
  return text === '' ? preset : text
}

/** The answer to a question, which is not shown while it is typed. @throws as {@link ask} */
export async function askSecret (question: string, signal: AbortSignal): Promise<string> {
  process.stderr.write(question)
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => { done() } })
  try {
    return await answer(createInterface({ input: process.stdin, output: nowhere, terminal: true }), '', signal)
  } finally {
    process.stderr.write('\n')
  }
}

/** While a question stands the terminal gives keys, not signals: Ctrl-C and Ctrl-D come by the lines. */
async function answer (lines: Interface, question: string, signal: AbortSignal): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  lines.once('SIGINT', () => { reject(interrupted(EXIT.interrupted)) })
  lines.once('close', () => { reject(badInput('the question was not answered')) })
  lines.question(question, { signal }).then(resolve, (error: unknown) => {
    reject(signal.aborted ? error : badInput('the question was not answered'))
  })
  try {
    return await promise
  } finally {
    lines.close()
  }
}
