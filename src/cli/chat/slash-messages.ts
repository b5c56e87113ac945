/** The commands that do something with a message. Pure. */
import { emojiOf } from './emoji.js'
import { isNotice, messagesOf } from './blocks.js'
import { beginsEdit, editedText, onMessage, wrong, type SlashCommand } from './slash-command.js'
import { to, type State, type Step } from './state.js'

/** Answer, change, react, send on, pin, take back. */
export const MESSAGE_COMMANDS: readonly SlashCommand[] = [
  { name: 'reply', usage: '[N] [TEXT]', summary: 'answer message N, or the newest', completes: 'number', run: reply },
  { name: 'react', usage: 'N [EMOJI]', summary: 'react to message N: an emoji, or +1, heart, laugh; nothing takes it back', completes: 'emoji', run: react },
  { name: 'edit', usage: '[N] [TEXT]', summary: 'change your message N, or your newest; with /md before the text it is formatted', completes: 'number', run: edit },
  { name: 'delete', usage: 'N', summary: 'take message N back for all', completes: 'number', run: (state, rest) => onMessage(state, rest, ({ message: { chat, id } }) => to(state, { do: 'delete', chat, id })) },
  { name: 'forward', usage: 'N CHAT', summary: 'send message N on to another chat', completes: 'number-chat', run: forward },
  { name: 'pin', usage: 'N', summary: 'pin message N for all', completes: 'number', run: pin(false) },
  { name: 'unpin', usage: 'N', summary: 'take the pin away', completes: 'number', run: pin(true) },
  { name: 'vote', usage: 'N [OPTION…]', summary: 'vote in poll N; nothing takes the vote back', completes: 'number', run: vote },
  { name: 'close', usage: 'N', summary: 'end your poll N', completes: 'number', run: (state, rest) => onMessage(state, rest, ({ n, message: { chat, id, poll } }) => poll === null ? wrong(state, `${n} is no poll`) : to(state, { do: 'close-poll', chat, id })) },
  { name: 'readers', usage: 'N', summary: 'who has received and read message N', completes: 'number', run: (state, rest) => onMessage(state, rest, ({ n, message: { chat, id } }) => to(state, { do: 'readers', chat, id, n })) },
  { name: 'spoiler', usage: 'N', summary: 'show what is hidden in message N', completes: 'number', run: reveal }
]

function reply (state: State, rest: string): Step {
  const newest = messagesOf(state).findLast(({ message }) => !message.own && message.chat === state.chat?.info.id && !message.deleted && !isNotice(message))
  return onMessage(state, rest, ({ n, message: { chat, id } }, text) => text === ''
    ? to({ ...state, about: { kind: 'reply', n, id } })
    : to({ ...state, about: null }, { do: 'send', chat, text, replyTo: id }), newest)
}

function edit (state: State, rest: string): Step {
  const newest = messagesOf(state).findLast(({ message }) => message.own && message.chat === state.chat?.info.id && !message.deleted && !isNotice(message) && message.state !== 'failed')
  return onMessage(state, rest, ({ n, message: { chat, id, own, text: before, entities } }, text) => {
    if (!own) return wrong(state, `${n} is not yours`)
    return text === '' ? beginsEdit(state, { n, id, before, isFormatted: entities.length > 0 }) : to(state, { do: 'edit', chat, id, ...editedText(text) })
  }, newest)
}

function react (state: State, rest: string): Step {
  return onMessage(state, rest, ({ message: { chat, id } }, words) => to(state, { do: 'react', chat, id, emoji: emojiOf(words) }))
}

function forward (state: State, rest: string): Step {
  return onMessage(state, rest, ({ message: { chat, id } }, name) => name === ''
    ? wrong(state, '/forward needs a number and a chat')
    : to(state, { do: 'forward', chat, id, to: state.chats.find(({ title }) => title === name)?.id ?? name }))
}

function pin (unpin: boolean): SlashCommand['run'] {
  return (state, rest) => onMessage(state, rest, ({ message: { chat, id } }) => to(state, { do: 'pin', chat, id, unpin }))
}

function vote (state: State, rest: string): Step {
  return onMessage(state, rest, ({ n, message: { chat, id, poll } }, words) => {
    const options = words.split(/[\s,]+/).filter(word => word !== '').map(Number)
    if (poll === null) return wrong(state, `${n} is no poll`)
    if (!options.every(option => Number.isInteger(option) && option >= 1 && option <= poll.options.length)) return wrong(state, `the options of ${n} are 1 to ${poll.options.length}`)
    return to(state, { do: 'vote', chat, id, options: options.map(option => option - 1) })
  })
}

function reveal (state: State, rest: string): Step {
  return onMessage(state, rest, ({ n }) => to({ ...state, blocks: state.blocks.map(block => block.kind === 'message' && block.n === n ? { ...block, revealed: true } : block) }))
}
