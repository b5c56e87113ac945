/** The commands that lead from chat to chat, in secret ones and in all others. Pure. */
import { wrong, type SlashCommand } from './slash-command.js'
import { secretTitle } from './secret-words.js'
import { opens, opensSecret, to, type State, type Step } from './state.js'

/** Where to go. */
export const PLACE_COMMANDS: readonly SlashCommand[] = [
  { name: 'chats', usage: '', summary: 'your chats', run: state => to(state, { do: 'list-chats' }) },
  { name: 'switch', usage: 'CHAT', summary: 'go to another chat', completes: 'chat', run: (state, rest) => rest === '' ? wrong(state, '/switch needs a chat: its name, its id, or its number in /chats') : goesTo(state, rest) },
  { name: 'secret', usage: '[NAME]', summary: 'your secret chat with a contact, or a new one; kept on no other device', completes: 'chat', run: secretly },
  { name: 'accept', usage: '[NAME]', summary: 'accept a secret chat; or a contact\'s changed keys, once you compared', completes: 'chat', run: accept }
]

/** The last of all lists. */
export const QUIT_COMMAND: SlashCommand = { name: 'quit', usage: '', summary: 'leave; so does Ctrl-D', run: state => to(state, { do: 'quit', interrupted: false }) }

/** Opens a chat by what somebody typed: its number in the list, its name, or the start of it however it is written; else as it is. */
export function goesTo (state: State, words: string): Step {
  const { chats } = state
  const secrets = shownSecrets(state).map(secret => ({ secret, title: secretTitle(secret, state.secrets) }))
  const places = [...chats.map(({ id, title }) => ({ title, go: () => opens(state, id) })), ...secrets.map(({ secret: { id }, title }) => ({ title, go: () => opensSecret(state, id) }))]
  const number = /^\d{1,3}$/.test(words) ? places[Number(words) - 1] : undefined
  const exact = places.find(({ title }) => title === words)
  const alike = places.filter(({ title }) => title.toLowerCase().startsWith(words.toLowerCase()))
  // A name that is begun means the chat that is in the cloud: who wants the secret one says so.
  const clouded = chats.filter(({ title }) => title.toLowerCase().startsWith(words.toLowerCase()))
  const [only] = clouded.length === 1 ? clouded : []
  const place = exact ?? number ?? (alike.length === 1 ? alike[0] : undefined)
  return place !== undefined ? place.go() : opens(state, only?.id ?? words)
}

/** Secret chats that are listed: closed ones are done with. */
export function shownSecrets ({ secrets }: State): State['secrets'] { return secrets.filter(({ state }) => state !== 'closed') }

/** Opens the secret chat with a contact, or begins one. Without a name, with whom the open chat is. */
function secretly (state: State, words: string): Step {
  const { chat } = state
  if (words === '') {
    if (chat?.info.kind === 'direct') return withPerson(state, chat.info.peer, chat.info.peer)
    return wrong(state, '/secret needs the name of a contact; /chats lists the secret chats that there are')
  }
  const listed = shownSecrets(state).find(one => secretTitle(one, state.secrets) === words || (words.length >= 4 && one.id.startsWith(words)))
  if (listed !== undefined) return opensSecret(state, listed.id)
  const people = state.chats.filter(({ kind, title }) => kind === 'direct' && title.toLowerCase().startsWith(words.toLowerCase()))
  const person = people.find(({ title }) => title === words) ?? (people.length === 1 ? people[0] : undefined)
  return withPerson(state, person?.peer ?? words, person?.title ?? words)
}

function withPerson (state: State, account: string, words: string): Step {
  const [one, ...others] = shownSecrets(state).filter(secret => secret.account === account || secret.name.toLowerCase() === words.toLowerCase())
  if (others.length > 0) return wrong(state, `there are several: ${[one, ...others].flatMap(secret => secret === undefined ? [] : [secretTitle(secret, state.secrets)]).join(', ')}`)
  return one === undefined ? to({ ...state, opening: true }, { do: 'start-secret', contact: account }) : opensSecret(state, one.id)
}

/** Accepts a secret chat, or the keys that raised the alarm of the one that is open. */
function accept (state: State, words: string): Step {
  const { secret } = state
  if (words === '' && secret !== null && secret.info.state !== 'asked') {
    if (secret.info.alarm === null) return wrong(state, 'there is nothing to accept')
    return secret.settles ? to(state, { do: 'verify-secret', secret: secret.info.id, verified: true }) : wrong(state, 'this cannot be accepted: /close ends this chat')
  }
  const asked = state.secrets.filter(one => one.state === 'asked' && (words === '' ? secret === null || secret.info.id === one.id : [one.name.toLowerCase(), secretTitle(one, state.secrets).toLowerCase()].includes(words.toLowerCase()) || (words.length >= 4 && one.id.startsWith(words))))
  const [one, ...others] = asked
  if (one === undefined) return wrong(state, words === '' ? 'nobody asks you for a secret chat' : `${words.slice(0, 40)} asks you for none: /chats`)
  if (others.length > 0) return wrong(state, `several ask you: ${asked.map(all => `/accept ${secretTitle(all, state.secrets)}`).join(', ')}`)
  return to({ ...state, opening: true }, { do: 'accept-secret', secret: one.id })
}
