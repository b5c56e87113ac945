/** The door of `node/own-home`: a node that is a home itself, and is found in its local network. */
export { OwnHome, servesAlready } from './own-home.js'
export { ContactNodes } from './contact-nodes.js'
export { LanMode, type LanOptions } from './lan-mode.js'
export { lanHost } from './lan-host.js'
export { shareableAddresses } from './own-addresses.js'
export { waysTo } from './ways.js'
