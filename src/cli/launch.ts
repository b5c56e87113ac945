/** Starts a daemon as a process of its own, which outlives the one that started it. */
import { spawn } from 'node:child_process'
import { openSync, closeSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { DaemonProcess, LaunchOptions } from './doors.js'
import { LEAN_ENVIRONMENT, LEAN_FLAGS } from './lean.js'
import { packageFile } from './package-root.js'

/** The start script, which also finds a Node that is new enough. */
const START = fileURLToPath(packageFile('bin/petrel.js'))

/** The owner alone reads what a daemon prints. */
const OWNER_ONLY = 0o600

/** Starts it. @throws the system's error when no process can be made */
export async function launch ({ arguments: args, input, output }: LaunchOptions): Promise<DaemonProcess> {
  const file = openSync(output, 'w', OWNER_ONLY)
  try {
    const child = spawn(process.execPath, [...LEAN_FLAGS, START, ...args], { env: { ...LEAN_ENVIRONMENT, ...process.env }, detached: true, stdio: ['pipe', file, file], windowsHide: true })
    const ended = new Promise<{ words: string, code: number | null }>(resolve => {
      child.on('exit', (code, signal) => { resolve({ words: signal ?? `exit code ${String(code)}`, code }) })
    })
    await new Promise<void>((resolve, reject) => { child.on('spawn', resolve); child.on('error', reject) })
    child.stdin?.on('error', () => undefined)
    child.stdin?.end(input)
    return { pid: child.pid ?? 0, ended, release: () => { child.unref() } }
  } finally {
    closeSync(file)
  }
}
