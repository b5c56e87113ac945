/** A benchmark whose own process is what is measured runs as people's daemons do. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { LEAN_ENVIRONMENT, LEAN_FLAGS } from '../../src/cli/lean.js'

const STARTED = 'BENCH_AS_DAEMON'

/** Starts this benchmark again with the flags of src/cli/lean.ts, and ends with it; returns in the process that has them. */
export async function asDaemon (url: string): Promise<void> {
  if (process.env[STARTED] === '1') return
  const child = spawn(process.execPath, [...process.execArgv, ...LEAN_FLAGS, fileURLToPath(url)], { stdio: 'inherit', env: { ...LEAN_ENVIRONMENT, ...process.env, [STARTED]: '1' } })
  const [code] = await once(child, 'exit') as [number | null]
  process.exit(code ?? 1)
}
