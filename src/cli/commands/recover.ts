/** `petrel init --recover` and `petrel account recovery`: what the 24 words bring back, and what lets them. */
import type { Context } from '../context.js'
import type { Handler } from '../command.js'
import type { NodeDoor } from '../doors.js'
import { badInput } from '../failure.js'
import { homeIsThere } from '../home.js'
import type { Input } from '../input.js'
import { ask } from '../terminal/ask.js'
import { countOf } from '../terminal/count.js'
import { oneLine } from '../terminal/safe-text.js'
import { facts } from '../terminal/table.js'
import { unlockFor, unlockFromFlags, type Unlock } from './unlock.js'
import { wordsOf } from './words.js'

const STEPS = { looking: 'Looking for the account…', reading: 'Reading its vault…', 'letting-in': 'Letting this device in…' } as const

/** Makes a home from the words, or lets a home that was restored from a backup in. */
export const recover: Handler = async (context, input) => {
  const { doors, out, propose, signal } = context
  if (input.text('name') !== undefined) throw badInput('the account has a name already: leave out --name')
  const paths = await context.paths()
  const node = await doors.node()
  const unlock = await unlockOf(context, input, node, paths)
  const words = await wordsOf(context, input)
  const recovered = await node.recoverHome({
    dir: paths.home, unlock, words, relays: input.texts('relay').map(address => address.trim()), signal,
    revokeOthers: async others => await revokes(context, input, others),
    onStep: step => { out.note(STEPS[step]).catch(() => undefined) }
  })
  await out.result({ home: paths.home, recovered }, () => facts([
    ['name', oneLine(recovered.name)], ['account', recovered.account], ['device', recovered.device], ['home', paths.home],
    ['brings', `${countOf(recovered.chats, 'chat')}, ${countOf(recovered.contacts, 'contact')}`], ['others', recovered.devices === 0 ? 'no other device' : `${countOf(recovered.devices, 'other device')} ${recovered.devices === 1 ? 'goes' : 'go'} on`]
  ]))
  await out.note(`Next: ${propose('daemon start')}. Chats come with the newest messages first.`)
  if (recovered.devices > 0) await out.note(`A device that is lost must not stay: ${propose('devices list')} and ${propose('devices revoke')}`)
  return undefined
}

/** What opens the home: a restored one as it is locked, a new one as the flags say. */
async function unlockOf (context: Context, input: Input, node: NodeDoor, paths: { readonly home: string, readonly config: string }): Promise<Unlock> {
  if (!await homeIsThere(paths.home)) return await unlockFromFlags(context, input) ?? { kind: 'keyfile' }
  return await unlockFor(context, input, node, paths.home, { keyfile: '', credential: 'petrel' })
}

async function revokes ({ io, settings, signal }: Context, input: Input, others: number): Promise<boolean> {
  if (input.flag('revoke-others')) return true
  if (!io.interactive || settings.json || !input.flag('input')) return false
  const answer = await ask(others === 1 ? 'Another device speaks for this account. Is it lost, and to end? yes or no' : `${others} other devices speak for this account. Are all of them lost, and to end? yes or no`, 'no', signal)
  return answer.toLowerCase() === 'yes'
}

/** Lets the 24 words open the vault and backups, in a home that was made before they could. */
export const allowRecovery: Handler = async (context, input) => {
  const { doors, io, out, signal, withPetrel } = context
  const { cardOfWords } = await doors.node()
  const { account, card } = await cardOfWords(await wordsOf(context, input), io.now().getTime())
  await withPetrel(async petrel => {
    const own = (await petrel.identity({ signal })).account
    if (own !== account) throw badInput('these are the words of another account')
    await petrel.setRecoveryCard(Buffer.from(card).toString('base64'), { signal })
  })
  await out.result({ recovery: { account } }, () => ['the 24 words bring this account back, with all it has'])
  return undefined
}
