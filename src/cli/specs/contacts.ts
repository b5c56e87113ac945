/** Commands about other people. */
import type { CommandSpec } from '../command.js'
import type { ArgumentSpec } from '../spec.js'

const contact: ArgumentSpec = { name: '<contact>', summary: 'a name, whole and with its capitals, or an account id, or 4 or more characters of its start or end that no other has', complete: 'contact' }
const request: ArgumentSpec = { name: '<request>', summary: 'a name, whole and with its capitals, or an id, or 4 or more characters of its start that no other has', complete: 'request' }

/** Contacts, verification and requests. */
export const CONTACT_COMMANDS: readonly CommandSpec[] = [
  {
    name: 'contacts',
    summary: 'people you know',
    load: async () => (await import('../commands/contacts.js')).list,
    commands: [
      {
        name: 'add',
        summary: 'add somebody by petrel: link, or by nothing but the account id, and open the chat',
        arguments: [{ name: '<link>', summary: 'the link they gave you, in quotes, or their account id; - reads it from stdin' }, { name: '[alias]', summary: 'what you call them' }],
        load: async () => (await import('../commands/contacts.js')).add
      },
      { name: 'list', summary: 'list contacts', load: async () => (await import('../commands/contacts.js')).list },
      {
        name: 'rename',
        summary: 'call a contact something else; without a name, what they call themselves',
        arguments: [contact, { name: '[alias]', summary: 'the new alias' }],
        load: async () => (await import('../commands/contacts.js')).rename
      },
      { name: 'block', summary: 'take no more messages from a contact', arguments: [contact], load: async () => (await import('../commands/contacts.js')).block },
      { name: 'unblock', summary: 'take messages again', arguments: [contact], load: async () => (await import('../commands/contacts.js')).unblock }
    ]
  },
  {
    name: 'verify',
    summary: 'show the number that you and a contact compare',
    more: 'Read the 60 digits to each other, over the phone or face to face. Same digits: nobody stands between you.',
    arguments: [contact],
    options: [
      { flags: '--confirm', summary: 'say that you compared it and it is the same' },
      { flags: '--unconfirm', summary: 'take that back' }
    ],
    load: async () => (await import('../commands/verify.js')).verify
  },
  {
    name: 'requests',
    summary: 'strangers who want to write to you',
    load: async () => (await import('../commands/requests.js')).list,
    commands: [
      { name: 'list', summary: 'list them', load: async () => (await import('../commands/requests.js')).list },
      { name: 'accept', summary: 'let one in', arguments: [request, { name: '[alias]', summary: 'what you call them' }], load: async () => (await import('../commands/requests.js')).accept },
      {
        name: 'decline',
        summary: 'drop one without a word',
        arguments: [request],
        options: [{ flags: '--block', summary: 'refuse later ones of the same account too' }],
        load: async () => (await import('../commands/requests.js')).decline
      }
    ]
  }
]
