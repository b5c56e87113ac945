/** The door of `cli/completion`: scripts for three shells. */
export { bashScript } from './bash.js'
export { fishScript } from './fish.js'
export { zshScript } from './zsh.js'
