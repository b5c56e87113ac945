/** Two devices with a secret chat between them, for tests. */
import { createSecretMls } from '../../../../src/protocol/crypto/index.js'
import { acceptSecret, openSecret, sealSecret, secretListening, startSecret, type SecretFrame, type SecretOptions, type SecretSession } from '../../../../src/protocol/crypto/index.js'
import { sameBytes } from '../../../../src/protocol/wire/index.js'
import { bytes, DAY, NOW, text } from '../mls/people.js'

const mls = createSecretMls({ validateCredential: () => true, now: () => NOW })

/** One of the two. */
export class Side {
  session: SecretSession
  now = NOW
  readonly options: SecretOptions = { mls, now: () => this.now }
  constructor (session: SecretSession) { this.session = session }

  async say (words: string): Promise<SecretFrame> {
    const { session, frame } = await sealSecret(this.options, this.session, bytes(words))
    this.session = session
    return frame
  }

  /** What a frame says; undefined when nobody listens at its address any more. */
  async hear ({ address, frame }: SecretFrame): Promise<string | undefined> {
    const at = secretListening(this.session).find(one => sameBytes(one.address, address))
    if (at === undefined) return undefined
    const { session, plaintext } = await openSecret(this.options, this.session, at.epoch, frame)
    this.session = session
    return text(plaintext)
  }
}

export async function pair (): Promise<{ ann: Side, bob: Side }> {
  const of = async (name: string): ReturnType<typeof mls.createKeyPackage> => await mls.createKeyPackage({ identity: bytes(name), notBefore: NOW - DAY, notAfter: NOW + DAY })
  const [a, b] = [await of('ann'), await of('bob')]
  const options = { mls, now: () => NOW }
  const { session, welcome } = await startSecret(options, { chat: bytes('sixteen  bytes 1'), keyPackage: a.private, peer: b.public })
  return { ann: new Side(session), bob: new Side(await acceptSecret(options, { welcome, keyPackage: b.private })) }
}
