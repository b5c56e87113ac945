/** The commands in a secret chat. Pure. */
import { secretFacts, timerSeconds, timerText } from '../terminal/secret.js'
import { withNote } from './blocks.js'
import { emojiOf } from './emoji.js'
import { inSecret, messagesIn, onSecretLine } from './secret-lines.js'
import { scrolled } from './secret-steps.js'
import { secretLineFacts, silenceOf } from './secret-words.js'
import { beginsEdit, editedText, helpLines, pathAndRest, wrong, type SlashCommand } from './slash-command.js'
import { PLACE_COMMANDS, QUIT_COMMAND } from './slash-places.js'
import { answered, to, type State, type Step } from './state.js'

/** All of them, in the order of the help. */
export const SECRET_COMMANDS: readonly SlashCommand[] = [
  { name: 'help', usage: '', summary: 'these commands', run: state => to(withNote(state, helpLines(SECRET_COMMANDS))) },
  ...PLACE_COMMANDS,
  { name: 'reply', usage: '[N] [TEXT]', summary: 'answer message N, or the newest', completes: 'number', run: reply },
  { name: 'react', usage: 'N [EMOJI]', summary: 'react to message N: an emoji, or +1, heart, laugh; nothing takes it back', completes: 'emoji', run: react },
  { name: 'edit', usage: '[N] [TEXT]', summary: 'change your message N, or your newest; with /md before the text it is formatted', completes: 'number', run: edit },
  { name: 'delete', usage: 'N', summary: 'erase message N: yours on both devices, others\' here', completes: 'number', run: (state, rest) => onSecretLine(state, rest, ({ id }, _, { info }) => to(state, { do: 'delete-secret', secret: info.id, id })) },
  { name: 'md', usage: 'TEXT', summary: 'send **bold**, *italic*, `code`, ||spoiler||', run: formatted },
  { name: 'attach', usage: 'FILE [CAPTION]', summary: 'send a file, under a key that only its message has', completes: 'file', run: attach },
  { name: 'save', usage: 'N [WHERE]', summary: 'save the files of message N; what is saved stays', completes: 'number', run: save },
  { name: 'timer', usage: '[TIME]', summary: 'how long what is said from now on lives after it was read: 30s, 1h, 7d, off', run: timer },
  { name: 'verify', usage: '[qr|yes|no]', summary: 'what the two of you compare, for a camera too; whether it is the same', run: verify },
  { name: 'spoiler', usage: 'N', summary: 'show what is hidden in message N', completes: 'number', run: reveal },
  { name: 'older', usage: '', summary: 'what was said before; so does Page-Up', run: state => scrolled(state, 1) },
  { name: 'info', usage: '[N]', summary: 'about this chat, or message N', completes: 'number', run: info },
  { name: 'close', usage: 'yes', summary: 'end this chat, and erase it on both devices', run: close },
  { name: 'forget', usage: '', summary: 'erase that a closed chat was', run: state => inSecret(state, ({ info: { id, name, state: stands } }) => stands === 'closed' ? to(state, { do: 'forget-secret', secret: id, name }) : wrong(state, 'this chat is not closed: /close ends it')) },
  QUIT_COMMAND
]

/** Says something, if anything can be said here. */
export function saidSecretly (state: State, text: string, markdown = false): Step & { readonly kept?: boolean } {
  const { secret } = state
  if (secret === null) return to(state)
  const silence = silenceOf(secret)
  if (silence !== undefined) return { ...wrong(state, silence), kept: true }
  return to({ ...state, about: null, secret: { ...secret, below: 0 } }, { do: 'send-secret', secret: secret.info.id, text, replyTo: answered(state), markdown })
}

function formatted (state: State, text: string): Step {
  const { about, secret } = state
  if (text === '') return wrong(state, '/md needs a text')
  if (about?.kind !== 'edit' || secret === null) return saidSecretly(state, text, true)
  return to({ ...state, about: null }, { do: 'edit-secret', secret: secret.info.id, id: about.id, text, markdown: true })
}

function reply (state: State, rest: string): Step {
  const newest = messagesIn(state.secret?.lines ?? []).findLast(({ own }) => !own)
  return onSecretLine(state, rest, ({ number, id }, text) => {
    const about: State = { ...state, about: { kind: 'reply', n: number, id } }
    return text === '' ? to(about) : saidSecretly(about, text)
  }, newest)
}

function edit (state: State, rest: string): Step {
  const newest = messagesIn(state.secret?.lines ?? []).findLast(({ own }) => own)
  return onSecretLine(state, rest, ({ number, id, own, text: before, entities }, text, { info }) => {
    if (!own) return wrong(state, `${number} is not yours`)
    if (text === '') return beginsEdit(state, { n: number, id, before: before ?? '', isFormatted: entities.length > 0 })
    return to(state, { do: 'edit-secret', secret: info.id, id, ...editedText(text) })
  }, newest)
}

function react (state: State, rest: string): Step {
  return onSecretLine(state, rest, ({ id }, words, { info }) => to(state, { do: 'react-secret', secret: info.id, id, emoji: emojiOf(words) }))
}

function attach (state: State, words: string): Step {
  const file = pathAndRest(words)
  if (file === undefined) return wrong(state, '/attach needs a file')
  return inSecret(state, secret => {
    const silence = silenceOf(secret)
    if (silence !== undefined) return wrong(state, silence)
    return to({ ...state, about: null, secret: { ...secret, below: 0 } }, { do: 'attach-secret', secret: secret.info.id, path: file.path, caption: file.rest, replyTo: answered(state) })
  })
}

function save (state: State, rest: string): Step {
  return onSecretLine(state, rest, (line, words, { info }) => line.media.length === 0 ? wrong(state, `${line.number} has no file`) : to(state, { do: 'save-secret', secret: info.id, line, path: pathAndRest(words)?.path ?? null }))
}

function timer (state: State, words: string): Step {
  return inSecret(state, ({ info: { id, timer: now } }) => {
    if (words === '') return to(withNote(state, [`the timer is ${timerText(now)}: /timer 1h, /timer off`]))
    const seconds = timerSeconds(words)
    return seconds === undefined ? wrong(state, `a timer is 1s to 7d, or off, not "${words.slice(0, 20)}"`) : to(state, { do: 'time-secret', secret: id, seconds })
  })
}

function verify (state: State, words: string): Step {
  return inSecret(state, ({ info: { id, state: stands } }) => {
    if (stands === 'closed') return wrong(state, 'this chat is closed: there is nothing to compare')
    if (words === '') return to(state, { do: 'compare-secret', secret: id })
    // As petrel secret verify has it.
    if (words === 'qr' || words === '--qr') return to(state, { do: 'compare-secret', secret: id, qr: true })
    return words === 'yes' || words === 'no' ? to(state, { do: 'verify-secret', secret: id, verified: words === 'yes' }) : wrong(state, '/verify shows what to compare, /verify qr for a camera too; /verify yes says that it is the same, /verify no takes that back')
  })
}

function reveal (state: State, rest: string): Step {
  return onSecretLine(state, rest, ({ id }, _, secret) => to({ ...state, secret: { ...secret, revealed: [...secret.revealed, id] } }))
}

function info (state: State, rest: string): Step {
  if (rest !== '') return onSecretLine(state, rest, (line, _, secret) => to(withNote(state, secretLineFacts(line, secret.info))))
  return inSecret(state, ({ info }) => to(withNote(state, secretFacts(info).map(([name, words]) => `${name}: ${words}`))))
}

function close (state: State, words: string): Step {
  return inSecret(state, secret => {
    const { id, name, state: stands } = secret.info
    if (stands === 'closed') return wrong(state, 'this chat is closed already: /forget erases that it was')
    return words === 'yes' ? to({ ...state, secret: { ...secret, closing: true } }, { do: 'close-secret', secret: id, name }) : wrong(state, 'this erases all of it on both devices, at once and for good: /close yes')
  })
}
