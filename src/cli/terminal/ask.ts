/** Questions to the person, on stderr, so that stdout stays the result. */
import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'

/** The answer to a question; an empty one gives the default. */
export async function ask (question: string, preset: string, signal: AbortSignal): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  try {
    const answer = (await lines.question(`${question} [${preset}]: `, { signal })).trim()
    return answer === '' ? preset : answer
  } finally {
    lines.close()
  }
}

/** The answer to a question, which is not shown while it is typed. */
export async function askSecret (question: string, signal: AbortSignal): Promise<string> {
  process.stderr.write(question)
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => { done() } })
  const lines = createInterface({ input: process.stdin, output: nowhere, terminal: true })
  try {
    return await lines.question('', { signal })
  } finally {
    lines.close()
    process.stderr.write('\n')
  }
}
