/** The door of secret chats' keys. */
export { secretStartAddress } from './start.js'
export { secretCode } from './code.js'
export { acceptSecret, forgetSecret, openSecret, sealSecret, secretListening, secretPeer, startSecret, type SecretEpoch, type SecretFrame, type SecretListening, type SecretOptions, type SecretSession } from './session.js'
