/**
 * A few bytes for one member alone, sealed to the encryption key of its leaf: RFC 9420's EncryptWithLabel (section
 * 5.1.3) under a label that MLS itself never uses.
 */
import type { CiphersuiteImpl } from 'ts-mls'
import { decryptWithLabel, encryptWithLabel } from 'ts-mls/crypto/hpke.js'
import { BadInputError, DecryptError, InternalError } from '../../wire/index.js'
import { algorithms, type EngineContext } from './context.js'
import { onOwn } from './errors.js'
import type { MlsSuite } from './library.js'
import { groupOf, type MlsState } from './state.js'

/** What the bytes are for: a label of the project's, and what binds them to their place. */
export interface MemberSealing { readonly label: string, readonly context: Uint8Array }

const ENC_BYTES: Readonly<Record<MlsSuite, number>> = { cloud: 32, secret: 1120 }
const TAG_BYTES = 16

/** Seals to a leaf: enc ‖ ciphertext. @throws BadInputError for a leaf without a member */
export async function sealToMember (context: EngineContext, state: MlsState, leaf: number, plaintext: Uint8Array, { label, context: bound }: MemberSealing): Promise<Uint8Array> {
  const node = groupOf(state).ratchetTree[leaf * 2]
  if (node?.nodeType !== 'leaf') throw new BadInputError(`leaf ${leaf} has no member to seal to`)
  const { hpke } = await algorithms(context)
  const { enc, ct } = await onOwn('the bytes cannot be sealed to a member', async () => await encryptWithLabel(await hpke.importPublicKey(node.leaf.hpkePublicKey), label, bound, plaintext, hpke))
  if (enc.length !== ENC_BYTES[context.suite]) throw new InternalError('the cipher suite seals in another form')
  const out = new Uint8Array(enc.length + ct.length)
  out.set(enc)
  out.set(ct, enc.length)
  return out
}

/** Opens what was sealed to the own leaf, as its keys are at this state. @throws DecryptError when it does not open */
export async function openAsMember (context: EngineContext, state: MlsState, sealed: Uint8Array, sealing: MemberSealing): Promise<Uint8Array> {
  const bytes = ENC_BYTES[context.suite]
  if (sealed.length < bytes + TAG_BYTES) throw new DecryptError('the sealed bytes are too short to open')
  const key = groupOf(state).privatePath.privateKeys[state.ownLeaf * 2]
  if (key === undefined) throw new InternalError('the MLS state lacks its own leaf\'s private key')
  const { hpke } = await algorithms(context)
  return await opened(hpke, key, sealed.slice(0, bytes), sealed.slice(bytes), sealing)
}

async function opened (hpke: CiphersuiteImpl['hpke'], key: Uint8Array, enc: Uint8Array, ciphertext: Uint8Array, { label, context }: MemberSealing): Promise<Uint8Array> {
  try {
    return await decryptWithLabel(await hpke.importPrivateKey(key), label, context, enc, ciphertext, hpke)
  } catch (cause) {
    throw new DecryptError('the sealed bytes do not open: sealed to another key, for another place, or altered', { cause })
  }
}
