/** Petrel's MLS extensions, from the range for private use (RFC 9420 section 17.3). */
import type { Extension } from 'ts-mls'
import { BadInputError, LIMITS } from '../../wire/index.js'

/** Extension types. */
export const MLS_EXTENSIONS = {
  /** Group context: SHA-256(G_pq). Never changes. */
  pqHash: 0xf5a0,
  /** Key package: SHA-256 of the X-Wing public key that travels beside it. */
  xwingHash: 0xf5a1,
  /** Group context: roles and rights; the message layer's format. */
  roles: 0xf5a2
} as const

/** All of them: every leaf says that it understands them. */
export const SUPPORTED_EXTENSIONS: readonly number[] = Object.values(MLS_EXTENSIONS)

/** An extension of a group context, as bytes that this layer does not read. */
export interface MlsExtension {
  readonly type: number
  readonly data: Uint8Array
}

/** Extensions for ts-mls. @throws BadInputError for unknown or double types and for too many or too long ones */
export function toLibrary (extensions: readonly MlsExtension[]): Extension[] {
  if (extensions.length > LIMITS.mlsExtensions) throw new BadInputError(`a group has at most ${LIMITS.mlsExtensions} extensions`)
  const types = new Set<number>()
  return extensions.map(({ type, data }) => {
    if (!SUPPORTED_EXTENSIONS.includes(type) || types.has(type)) throw new BadInputError(`MLS extension ${type} is unknown or there twice`)
    if (data.length > LIMITS.mlsExtensionBytes) throw new BadInputError(`MLS extension ${type} is over ${LIMITS.mlsExtensionBytes} bytes`)
    types.add(type)
    return { extensionType: type, extensionData: data.slice() }
  })
}

/** Petrel's among a group's extensions. */
export function fromLibrary (extensions: readonly Extension[]): MlsExtension[] {
  return extensions.flatMap(({ extensionType, extensionData }) => typeof extensionType === 'number' ? [{ type: extensionType, data: extensionData }] : [])
}

/** The data of the extension of a type, if it is there. */
export function extensionData (extensions: readonly Extension[], type: number): Uint8Array | undefined {
  return extensions.find(extension => extension.extensionType === type)?.extensionData
}
