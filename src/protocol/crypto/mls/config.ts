/** The client configuration under which every call of ts-mls runs: its defaults trust everyone and let key packages live for ever. */
import { defaultKeyPackageEqualityConfig, defaultKeyRetentionConfig, defaultPaddingConfig, type ClientConfig, type KeyRetentionConfig, type LifetimeConfig } from 'ts-mls'
import { LIMITS } from '../../wire/index.js'
import type { EngineContext } from './context.js'
import { credentialOf, requireCredential } from './member.js'

/** The patch lets the clock be a parameter. */
interface ClockedLifetime extends LifetimeConfig {
  readonly currentTime: () => bigint
}

/** What a secret chat bears of loss and disorder (DESIGN section 5): late messages of so many epochs open, and of so many messages of a sender. */
const SECRET_RETENTION: KeyRetentionConfig = { retainKeysForEpochs: LIMITS.secretEpochs, retainKeysForGenerations: LIMITS.secretGenerations, maximumForwardRatchetSteps: LIMITS.secretGenerations }

/**
 * The configuration for one call. `now` (Unix milliseconds) is asked only when this side adds a member:
 * what others committed is judged by bytes in the log alone, or members with different clocks would part ways.
 */
export function clientConfig ({ suite, validateCredential: validate, now }: EngineContext): ClientConfig {
  const lifetimeConfig: ClockedLifetime = {
    maximumTotalLifetime: BigInt(LIMITS.keyPackageLifeMs / 1000),
    validateLifetimeOnReceive: false,
    currentTime: () => BigInt(Math.floor(now() / 1000))
  }
  return {
    keyRetentionConfig: suite === 'secret' ? SECRET_RETENTION : defaultKeyRetentionConfig,
    keyPackageEqualityConfig: defaultKeyPackageEqualityConfig,
    paddingConfig: defaultPaddingConfig,
    lifetimeConfig,
    authService: {
      // A refusal is thrown rather than returned, so that it reaches the caller as the ForbiddenError it is.
      validateCredential: async (credential, signatureKey) => {
        await requireCredential(validate, credentialOf(credential, signatureKey))
        return true
      }
    }
  }
}
