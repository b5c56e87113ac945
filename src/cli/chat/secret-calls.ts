/** Errands in secret chats as calls to the node, and what came of them. */
import { LIMITS, type Petrel, type SecretInfo, type SecretLine } from '../../protocol/api/index.js'
import { qrRows } from '../terminal/qr.js'
import type { CallOptions } from './call-options.js'
import { saveSecretFiles, sendSecretFile } from './secret-files.js'
import { codeLines } from './secret-words.js'
import type { FileOptions } from './send-file.js'
import type { Input, SecretErrandArguments, SecretPage } from './state.js'

/** Lines of a chat that is opened: the unread ones and some before them. */
const PAGE = 50
const BEFORE_UNREAD = 10
/** Lines that are looked at again at most. */
const MOST = 2000

type Called = Pick<CallOptions, 'petrel' | 'signal'>

/** What each of them does. */
export const SECRET_CALLS: { readonly [Name in keyof SecretErrandArguments]: (errand: SecretErrandArguments[Name], options: CallOptions) => Promise<Input | undefined> } = {
  'open-secret': async ({ secret }, { petrel, signal }) => await openSecretChat(petrel, secret, signal),
  'start-secret': async ({ contact }, { petrel, signal }) => await opened(petrel, await petrel.startSecret(contact, { signal }), signal),
  'accept-secret': async ({ secret }, { petrel, signal }) => await opened(petrel, await petrel.acceptSecret(secret, { signal }), signal),
  'refresh-secret': async ({ secret, lines }, options) => await refreshed(secret, lines, options),
  'older-secret': async ({ secret, before }, { petrel, signal }) => {
    const lines = (await petrel.secretLines(secret, { before, limit: PAGE, signal })).reverse()
    return { type: 'secret-older', secret, lines, hasMore: lines.length === PAGE }
  },
  'send-secret': async ({ secret, text, replyTo, markdown }, { petrel, signal }) => ({
    type: 'secret-line', secret, line: await petrel.sendSecret(secret, text, { signal, ...replyTo === null ? {} : { replyTo }, ...markdown ? { format: 'markdown' } : {} })
  }),
  'attach-secret': async (errand, options) => ({ type: 'secret-line', secret: errand.secret, line: await sendSecretFile(errand, fileOptions(errand.secret, options)) }),
  'save-secret': async (errand, options) => ({ type: 'secret-said', secret: errand.secret, lines: await saveSecretFiles(errand, fileOptions(errand.secret, options)) }),
  'edit-secret': async ({ secret, id, text, markdown }, { petrel, signal }) => ({ type: 'secret-line', secret, line: await petrel.editSecret(secret, id, text, { signal, ...markdown === true ? { format: 'markdown' } : {} }) }),
  'delete-secret': async ({ secret, id }, { petrel, signal }) => { await petrel.deleteSecret(secret, [id], { signal }); return undefined },
  'react-secret': async ({ secret, id, emoji }, { petrel, signal }) => ({ type: 'secret-line', secret, line: await petrel.reactSecret(secret, id, [...emoji], { signal }) }),
  'read-secret': async ({ secret, lines }, options) => {
    await options.petrel.readSecret(secret, { signal: options.signal })
    // From now on it is known when they go.
    return await refreshed(secret, lines, options)
  },
  'time-secret': async ({ secret, seconds }, options) => {
    await options.petrel.setSecretTimer(secret, seconds, { signal: options.signal })
    return await refreshed(secret, PAGE, options)
  },
  'compare-secret': async ({ secret, qr }, { petrel, signal }) => {
    const code = await petrel.secretCode(secret, { signal })
    const lines = codeLines(code, await petrel.showSecret(secret, { signal }))
    return { type: 'secret-said', secret, lines, ...qr === true ? { code: await qrRows(code.digits.replaceAll(' ', '')) } : {} }
  },
  'verify-secret': async ({ secret, verified }, options) => {
    await options.petrel.setSecretVerified(secret, verified, { signal: options.signal })
    return await refreshed(secret, PAGE, options)
  },
  'close-secret': async ({ secret, name }, { petrel, signal }) => {
    await petrel.closeSecret(secret, { signal })
    return { type: 'secret-left', secret, words: `the secret chat with ${name} is closed: its keys and messages are gone` }
  },
  'forget-secret': async ({ secret, name }, { petrel, signal }) => {
    await petrel.forgetSecret(secret, { signal })
    return { type: 'secret-left', secret, words: `the secret chat with ${name} is erased` }
  }
}

function fileOptions (secret: string, { dispatch, ...options }: CallOptions): FileOptions {
  return { ...options, tell: line => { dispatch({ type: 'secret-said', secret, lines: [line] }) }, progress: words => { dispatch({ type: 'doing', words }) } }
}

/** The newest lines of a secret chat, with all that is unread as far as a page goes. @throws NotFoundError, AmbiguousError */
export async function openSecretChat (petrel: Petrel, secret: string, signal: AbortSignal): Promise<Input> { return await opened(petrel, await petrel.showSecret(secret, { signal }), signal) }

async function opened (petrel: Petrel, info: SecretInfo, signal: AbortSignal): Promise<Input> {
  return { type: 'secret-opened', page: await pageOf(petrel, info, Math.min(LIMITS.apiPageItems, Math.max(PAGE, info.unread + BEFORE_UNREAD)), signal) }
}

async function refreshed (secret: string, lines: number, { petrel, signal }: Called): Promise<Input> {
  return { type: 'secret-page', secret, page: await pageOf(petrel, await petrel.showSecret(secret, { signal }), Math.min(MOST, Math.max(PAGE, lines)), signal) }
}

async function pageOf (petrel: Petrel, info: SecretInfo, wanted: number, signal: AbortSignal): Promise<SecretPage> {
  const lines: SecretLine[] = []
  let hasMore = true
  while (hasMore && lines.length < wanted) {
    const limit = Math.min(LIMITS.apiPageItems, wanted - lines.length)
    const before = lines.at(-1)?.number
    const more = await petrel.secretLines(info.id, { limit, signal, ...before === undefined ? {} : { before } })
    lines.push(...more)
    hasMore = more.length === limit
  }
  const settles = info.alarm !== null && (await petrel.listContacts({ signal })).some(({ account, alarm }) => account === info.account && alarm !== null)
  return { info, lines: lines.reverse(), hasMore, settles }
}
