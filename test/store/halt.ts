/** A process that stands still while its files are copied. */
import type { ChildProcess } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'

/** Stops all threads of a process; resolves when they stand: the signal says only that they will, and one of Level's may be deleting a file. SIGCONT lets it go on. */
export async function halt (child: ChildProcess): Promise<void> {
  child.kill('SIGSTOP')
  const tasks = `/proc/${child.pid}/task`
  if (!existsSync(tasks)) return
  const runs = (task: string): boolean => !readFileSync(`${tasks}/${task}/stat`, 'utf8').split(') ').at(-1)!.startsWith('T')
  while (readdirSync(tasks).some(runs)) await setImmediate()
}
