/** `petrel relay run`: a relay, in this process. */
import type { RelayDoor } from '../doors.js'
import { badInput } from '../failure.js'
import type { Input } from '../input.js'
import type { Handler } from '../command.js'
import { parseSize } from '../size.js'
import { logOf } from './log-option.js'
import { relayDirectory } from './relay-directory.js'

type Options = Parameters<RelayDoor['createRelay']>[0]

/** A century: beyond it, leave the setting out. */
const MOST_DAYS = 36_500

const ADMISSIONS = ['open', 'token', 'closed'] as const

/** Flags, and the variables that a service's unit may set instead. */
function optionsOf (input: Input, env: Readonly<Record<string, string | undefined>>): Omit<Options, 'directory' | 'log'> {
  const variable = (name: string): string[] => (env[name] ?? '').split(/[\s,]+/).filter(part => part !== '')
  const listen = input.texts('listen').length > 0 ? input.texts('listen') : variable('PETREL_RELAY_LISTEN')
  const announce = input.texts('announce').length > 0 ? input.texts('announce') : variable('PETREL_RELAY_ANNOUNCE')
  const peers = input.texts('peer').length > 0 ? input.texts('peer') : variable('PETREL_RELAY_PEER')
  const word = input.text('admission') ?? variable('PETREL_RELAY_ADMISSION')[0]
  const admission = ADMISSIONS.find(known => known === word)
  if (word !== undefined && admission === undefined) throw badInput(`PETREL_RELAY_ADMISSION is open, token or closed, not "${word.slice(0, 40)}"`)
  const privateNetworks = input.flag('visit-private-networks') || switchOf('PETREL_RELAY_VISIT_PRIVATE_NETWORKS', env)
  const port = input.number('http')
  const sizes = [
    ['accountBytes', 'account-quota', 'PETREL_RELAY_ACCOUNT_QUOTA'], ['totalBytes', 'total-quota', 'PETREL_RELAY_TOTAL_QUOTA'],
    ['mediaBytes', 'media-quota', 'PETREL_RELAY_MEDIA_QUOTA'], ['mediaFileBytes', 'media-file', 'PETREL_RELAY_MEDIA_FILE'], ['mediaTotalBytes', 'media-total', 'PETREL_RELAY_MEDIA_TOTAL']
  ] as const
  const quota = Object.fromEntries(sizes.flatMap(([field, flag, name]) => {
    const given = input.text(flag)
    const text = given ?? env[name]
    return text === undefined || text === '' ? [] : [[field, parseSize(text, given === undefined ? name : `--${flag}`)]]
  }))
  return {
    ...(listen.length === 0 ? {} : { listen }),
    ...(announce.length === 0 ? {} : { announce }),
    ...(peers.length === 0 ? {} : { peers }),
    ...(admission === undefined ? {} : { admission }),
    ...retentionOf(input, env),
    ...(Object.keys(quota).length === 0 ? {} : { quota }),
    ...(privateNetworks === undefined ? {} : { visitPrivateNetworks: privateNetworks }),
    ...(port === undefined ? {} : { http: { port } })
  }
}

/** How long files are kept that nobody uses. @throws BadInputError for what is no number of days */
function retentionOf (input: Input, env: Readonly<Record<string, string | undefined>>): Pick<Options, 'mediaRetentionMs'> {
  const word = env.PETREL_RELAY_MEDIA_RETENTION ?? ''
  const days = input.number('media-retention') ?? (word === '' ? undefined : Number(word))
  if (days === undefined) return {}
  if (!Number.isSafeInteger(days) || days < 1 || days > MOST_DAYS) throw badInput(`files are kept for 1 to ${MOST_DAYS} days, not "${word.slice(0, 40)}"`)
  return { mediaRetentionMs: days * 86_400_000 }
}

/** A variable that is 1 for yes or 0 for no; undefined when it is not set. @throws BadInputError for anything else */
function switchOf (name: string, env: Readonly<Record<string, string | undefined>>): boolean | undefined {
  const word = env[name] ?? ''
  if (word === '') return undefined
  if (word !== '0' && word !== '1') throw badInput(`${name} is 1 or 0, not "${word.slice(0, 40)}"`)
  return word === '1'
}

/** Runs a relay until a signal ends it. */
export const runRelay: Handler = async (context, input) => {
  const { doors, io, out } = context
  const directory = await relayDirectory(context, input)
  const options = optionsOf(input, io.env)
  const { createRelay } = await doors.relay()
  const sink = logOf(context, input, 'info')
  try {
    const relay = await createRelay({ ...options, directory, log: sink.log })
    try {
      const addresses = relay.addresses()
      const health = relay.healthUrl ?? null
      await out.result({ relay: { peer: relay.peerId, addresses, health, directory } }, () => [...addresses, ...(health === null ? [] : [`health ${health}`])])
      // Its operator may stop it, too.
      await Promise.race([aborted(io.signal), relay.stopped])
    } finally {
      await relay.stop()
    }
  } finally {
    sink.close()
  }
  return undefined
}

async function aborted (signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  await new Promise<void>(resolve => { signal.addEventListener('abort', () => { resolve() }, { once: true }) })
}
