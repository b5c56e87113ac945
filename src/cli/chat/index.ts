/** The door of `cli/chat`: the chat at a terminal. */
export { chat } from './chat.js'
export { inputLines, processTty, type Tty } from './tty.js'
