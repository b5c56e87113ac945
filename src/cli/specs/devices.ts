/** Commands about the account's devices. */
import type { CommandSpec } from '../command.js'
import type { ArgumentSpec } from '../spec.js'
import { UNLOCK_OPTIONS } from './identity.js'

const device: ArgumentSpec = { name: '<device>', summary: 'a device\'s name, or its id, or 4 or more characters of its start or end that no other has' }
const WORDS_OPTION = { flags: '--words <words>', summary: 'the words that the other device shows: nothing is asked then; - reads them from stdin once they are due' } as const
const load = (name: keyof typeof import('../commands/devices.js')) => async () => (await import('../commands/devices.js'))[name]

/** Devices. */
export const DEVICE_COMMANDS: readonly CommandSpec[] = [
  {
    name: 'devices',
    summary: 'the devices of your account',
    more: 'Every device has all chats and may do all that the others may. None holds the 24 words.',
    load: load('list'),
    commands: [
      { name: 'list', summary: 'list them, and when each was last seen', load: load('list') },
      {
        name: 'link',
        summary: 'make this, in an empty home, a new device of an account',
        more: 'Shows a link, as a QR code too. Type it on a device that you have: petrel devices approve LINK. Both then show\n' +
          'words; say yes on both if they are the same. Without --relay both devices must be in one network. A home that was\n' +
          'restored from a backup becomes one where it lies, and knows its relays.',
        options: [
          { flags: '-n, --name <name>', summary: 'what this device is called (default: this machine\'s name)' },
          { flags: '--relay <address>', summary: 'a home relay of the account, where both meet; may be given again', many: true },
          WORDS_OPTION,
          ...UNLOCK_OPTIONS
        ],
        examples: [['petrel devices link --relay ADDRESS', 'ADDRESS as petrel relays list shows it on the other device']],
        timeoutMs: null,
        load: load('link')
      },
      {
        name: 'approve',
        summary: 'let a new device in, by the link that it shows',
        arguments: [{ name: '<link>', summary: 'the petrel:link, in quotes; - reads it from stdin' }],
        options: [WORDS_OPTION],
        examples: [['petrel devices approve \'petrel:link?…\'', 'then compare the words']],
        timeoutMs: null,
        load: load('approve')
      },
      { name: 'rename', summary: 'call a device something else', arguments: [device, { name: '<name>', summary: 'the new name' }], load: load('rename') },
      {
        name: 'revoke',
        summary: 'end a device\'s place in the account, for good',
        more: 'For one that was lost, sold or stolen. It is shut out at once; every chat gets new keys before its next message.',
        arguments: [device],
        timeoutMs: 60_000,
        load: load('revoke')
      }
    ]
  }
]
