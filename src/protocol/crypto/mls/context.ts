/** What every operation of an engine runs under. */
import type { CiphersuiteImpl } from 'ts-mls'
import { suiteOf, type MlsSuite } from './library.js'
import type { ValidateCredential } from './member.js'

/** An engine's settings. */
export interface EngineContext {
  readonly suite: MlsSuite
  readonly validateCredential: ValidateCredential
  /** Unix milliseconds. */
  readonly now: () => number
}

/** The algorithms of the engine's suite. */
export async function algorithms (context: EngineContext): Promise<CiphersuiteImpl> { return await suiteOf(context.suite) }
