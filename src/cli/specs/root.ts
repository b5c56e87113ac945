/** The whole tree of commands. */
import type { CommandSpec } from '../command.js'
import { CHANGE_COMMANDS } from './changes.js'
import { CONTACT_COMMANDS } from './contacts.js'
import { DAEMON_COMMANDS } from './daemon.js'
import { DEVICE_COMMANDS } from './devices.js'
import { GROUP_COMMANDS } from './groups.js'
import { IDENTITY_COMMANDS } from './identity.js'
import { KEEPING_COMMANDS } from './keeping.js'
import { MEDIA_COMMANDS } from './media.js'
import { MESSAGE_COMMANDS } from './messages.js'
import { RELAY_COMMANDS } from './relay.js'
import { SEARCH_COMMANDS } from './search.js'
import { SECRET_COMMANDS } from './secrets.js'
import { TOOL_COMMANDS } from './tools.js'

/** `petrel` itself. */
export const ROOT: CommandSpec = {
  name: 'petrel',
  summary: 'peer-to-peer messages, end to end encrypted',
  more: 'A node keeps your keys and your history on this machine; a relay carries and stores ciphertext it cannot read.\n' +
    'Start with: petrel init, petrel daemon start, petrel relays add ADDRESS, petrel invite.',
  commands: [...IDENTITY_COMMANDS, ...DEVICE_COMMANDS, ...DAEMON_COMMANDS, ...CONTACT_COMMANDS, ...MESSAGE_COMMANDS, ...CHANGE_COMMANDS, ...GROUP_COMMANDS, ...MEDIA_COMMANDS, ...SEARCH_COMMANDS, ...SECRET_COMMANDS, ...KEEPING_COMMANDS, ...RELAY_COMMANDS, ...TOOL_COMMANDS]
}
