/** MLS as secret chats use it: the engine, and beside it messages inside MLS and the earlier epochs of which late ones still open. */
import { createMlsEngine, type MlsEngine, type MlsEngineOptions } from './engine.js'
import { readCommit } from './codec.js'
import type { EngineContext } from './context.js'
import { protectMessage, unprotectMessage, type OpenedMessage, type ProtectedMessage } from './protect.js'
import { encodePast, pastEpochs, withoutPast, withPast, type MlsState } from './state.js'

/** An engine of the suite for secret chats. Its states keep message keys and {@link LIMITS.secretEpochs} earlier epochs. */
export interface SecretMls extends MlsEngine {
  /** See {@link protectMessage}. */
  readonly protect: (state: MlsState, plaintext: Uint8Array) => Promise<ProtectedMessage>
  /** See {@link unprotectMessage}. */
  readonly unprotect: (state: MlsState, message: Uint8Array) => Promise<OpenedMessage>
  /** The epoch that a commit ends, and the leaf that says it made it. @throws BadInputError, TooLargeError */
  readonly commitClaim: (commit: Uint8Array) => { readonly epoch: number, readonly senderLeaf: number }
  readonly pastEpochs: (state: MlsState) => number[]
  readonly encodePast: (state: MlsState, epoch: number) => Uint8Array
  readonly withPast: (state: MlsState, parts: readonly Uint8Array[]) => MlsState
  readonly withoutPast: (state: MlsState, through: number) => MlsState
}

/** Makes the engine of secret chats. @throws InternalError when ts-mls was installed without Petrel's patch */
export function createSecretMls (options: Omit<MlsEngineOptions, 'suite'>): SecretMls {
  const context: EngineContext = { suite: 'secret', ...options }
  return {
    ...createMlsEngine(context),
    protect: async (state, plaintext) => await protectMessage(context, state, plaintext),
    unprotect: async (state, message) => await unprotectMessage(context, state, message),
    commitClaim: commit => {
      const { epoch, senderLeaf } = readCommit(commit)
      return { epoch, senderLeaf }
    },
    pastEpochs, encodePast, withPast, withoutPast
  }
}
