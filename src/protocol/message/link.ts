/**
 * The `petrel:` link a person shares: who they are, where they are reached, and (an invite) a key that
 * may append to their inbox. `petrel:<account PeerId>?relay=<multiaddr>&name=<name>&invite=<seed>`; with `group=<seed>`
 * in the invite's place its holder may ask to join a group, of which the link says nothing.
 */
import { BadInputError, keyFromPeerId, labelledHash, LABELS, LIMITS, peerIdText, TooLargeError, type Digest, type KeyBytes } from '../wire/index.js'

/** A link's content. `invite` is the 32-byte seed of an inbox capability: who holds the link can write to its owner; `group` is one by which it can ask to join a group. */
export interface PetrelLink { account: KeyBytes, relays: string[], name?: string, invite?: Uint8Array, group?: Uint8Array }

/** What names a grant in a letter, from its seed. The inbox's relay knows the seed's key and cannot make it. */
export function grantName (seed: Uint8Array): Digest { return labelledHash(LABELS.inboxGrant, seed) }

/** A link as text. */
export function formatLink (link: PetrelLink): string {
  const query = new URLSearchParams()
  for (const relay of link.relays) query.append('relay', relay)
  if (link.name !== undefined) query.append('name', link.name)
  if (link.invite !== undefined) query.append('invite', Buffer.from(link.invite).toString('base64url'))
  if (link.group !== undefined) query.append('group', Buffer.from(link.group).toString('base64url'))
  const text = query.toString().replaceAll('%2F', '/')
  return `petrel:${peerIdText(link.account)}${text === '' ? '' : `?${text}`}`
}

/**
 * A link from text; also a bare account PeerId is one. Parameters it does not know are ignored.
 *
 * @throws TooLargeError over the limit, BadInputError when it is no link
 */
export function parseLink (text: string): PetrelLink {
  const trimmed = text.trim()
  if (trimmed.length > LIMITS.linkBytes) throw new TooLargeError(`a petrel: link has at most ${LIMITS.linkBytes} characters`)
  const body = trimmed.startsWith('petrel:') ? trimmed.slice('petrel:'.length).replace(/^\/\//, '') : trimmed
  if (body.startsWith('link?')) throw new BadInputError('this is the link of a new device: petrel devices approve takes it, on a device of its account')
  const mark = body.indexOf('?')
  const account = keyFromPeerId(mark < 0 ? body : body.slice(0, mark))
  const query = new URLSearchParams(mark < 0 ? '' : body.slice(mark + 1))
  const relays = query.getAll('relay')
  if (relays.length > LIMITS.homeRelays || relays.some(r => r.length > LIMITS.addressBytes || !r.startsWith('/'))) {
    throw new BadInputError('the link names too many relays or something that is no multiaddr')
  }
  const name = query.get('name') ?? undefined
  if (name !== undefined && Buffer.byteLength(name) > LIMITS.nameBytes) throw new BadInputError('the link\'s name is too long')
  const [invite, group] = [seedIn(query, 'invite'), seedIn(query, 'group')]
  return { account, relays, ...(name === undefined ? {} : { name }), ...(invite === undefined ? {} : { invite }), ...(group === undefined ? {} : { group }) }
}

/** What to say of a link whose end is missing. */
export const CUT = 'the end of the link is missing: type the whole of it, in quotes, since a shell reads ? and & as its own'

/** Whether a link is what a shell leaves of one at its first `&`: each that Petrel makes has more than where somebody is. */
export function isCut ({ relays, name, invite, group }: PetrelLink): boolean {
  return relays.length > 0 && name === undefined && invite === undefined && group === undefined
}

function seedIn (query: URLSearchParams, name: 'invite' | 'group'): Uint8Array | undefined {
  const text = query.get(name)
  if (text === null) return undefined
  const seed = Buffer.from(text, 'base64url')
  // The decoder skips what is not base64url, so that a damaged seed could come out as another one.
  if (seed.length !== 32 || seed.toString('base64url') !== text) throw new BadInputError('the link\'s invite is damaged: ask for it again')
  return new Uint8Array(seed)
}
