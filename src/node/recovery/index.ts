/** The door of `node/recovery`: an account from its 24 words. */
export { recoverHome, type Recovered, type RecoverOptions } from './recover-home.js'
export { cardOfWords, unlockOfWords } from './words.js'
