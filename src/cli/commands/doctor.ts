/** `petrel doctor`. */
import { EXIT } from '../exit-codes.js'
import type { Handler } from '../command.js'
import { forHome, homeFlags } from '../home.js'
import { oneLine } from '../terminal/safe-text.js'

/** Checks as lines. */
export function checkLines (checks: readonly { check: string, ok: boolean, message: string }[]): string[] {
  return checks.map(({ check, ok, message }) => `${ok ? '✓' : '!'} ${oneLine(check)}: ${oneLine(message)}`)
}

/** Runs the node's checks; the exit code is 1 when one fails. */
export const doctor: Handler = async ({ out, settings, signal, withPetrel }) => {
  const findings = await withPetrel(async petrel => await petrel.doctor({ signal }))
  const ok = findings.every(finding => finding.ok)
  await out.result({ ok, findings }, () => checkLines(findings.map(finding => ({ ...finding, message: forHome(finding.message, homeFlags(settings)) }))))
  return ok ? EXIT.ok : EXIT.failure
}
