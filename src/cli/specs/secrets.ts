/** The commands of secret chats. */
import type { CommandSpec } from '../command.js'
import type { ArgumentSpec, OptionSpec } from '../spec.js'
import { MEDIA_KINDS } from './media.js'

const secret: ArgumentSpec = { name: '<secret>', summary: 'its id, 4 or more characters of its start, or the name of the contact', complete: 'contact' }
const message: ArgumentSpec = { name: '<message>', summary: 'its id, or a unique start of it, as petrel secret show prints it' }
const format: OptionSpec = { flags: '-f, --format <format>', summary: 'how formatting is written in the text (default: not at all)', choices: ['markdown', 'html'] }

/** `petrel secret …`. */
export const SECRET_COMMANDS: readonly CommandSpec[] = [{
  name: 'secret',
  summary: 'chats from device to device, kept nowhere else',
  more: 'A secret chat is between this device and one device of a contact. It is in no cloud chat, no backup, no search and on\n' +
    'no other device of yours. Keys are used once, so a key that is stolen later opens nothing from before.',
  load: async () => (await import('../commands/secret.js')).list,
  commands: [
    {
      name: 'start',
      summary: 'begin a secret chat with a contact',
      more: 'All devices of the contact are asked, and the first on which it is accepted has the chat; the others do not show it.\n' +
        'Until then nothing can be said, and petrel secret close takes the question back.',
      arguments: [{ name: '<contact>', summary: 'a contact', complete: 'contact' }],
      options: [{ flags: '--timer <duration>', summary: 'messages disappear so long after they were read (1s to 7d)', kind: 'duration' }],
      examples: [['petrel secret start ada --timer 1h', 'messages of both live for an hour']],
      load: async () => (await import('../commands/secret.js')).start
    },
    { name: 'accept', summary: 'accept a secret chat that a contact has begun', arguments: [secret], load: async () => (await import('../commands/secret.js')).accept },
    {
      name: 'list', summary: 'secret chats of this device',
      options: [{ flags: '-a, --all', summary: 'closed ones too' }],
      load: async () => (await import('../commands/secret.js')).list
    },
    {
      name: 'show',
      summary: 'show what was said, and by what way it goes',
      more: 'Reading begins the timers of what is shown, and tells the other person: --peek does neither.',
      arguments: [secret],
      options: [{ flags: '-l, --limit <n>', summary: 'how many lines (default: 20)', kind: 'integer' }, { flags: '-p, --peek', summary: 'without saying that it was read' }],
      load: async () => (await import('../commands/secret.js')).show
    },
    {
      name: 'send',
      summary: 'say something in a secret chat',
      more: 'With --attach the node first takes the files in, then the command shows how far their upload is, and stays as long\n' +
        'as bytes flow; the message goes when they are at the relay. Each is sealed under a key that only this message has.\n' +
        'Photos and films lose what they tell about where and when they were taken.',
      arguments: [secret, { name: '[text]', summary: 'the text, or the caption of files; - reads it from stdin' }],
      options: [
        { flags: '-a, --attach <file...>', summary: 'send files, several as an album of at most 10', complete: 'file' },
        { flags: '--as <kind>', summary: 'how to show them (default: by what they are)', choices: MEDIA_KINDS },
        { flags: '--keep-metadata', summary: 'leave in photos and films where and when they were taken' },
        format,
        { flags: '-r, --reply <id>', summary: 'the message it answers: its id, or a unique start of it' }
      ],
      examples: [['petrel secret send ada "the contract" --attach contract.pdf', 'a file']],
      untimedWith: 'attach',
      load: async () => (await import('../commands/secret.js')).send
    },
    {
      name: 'save',
      summary: 'save the files of a message',
      more: 'As petrel media get does: into the directory where you are unless told, checked before a file gets its name. What\n' +
        'is saved is yours: it does not go when the message does.',
      arguments: [secret, message],
      options: [
        { flags: '-i, --item <n>', summary: 'the file of an album, from 1', kind: 'integer' },
        { flags: '-o, --output <path>', summary: 'a name for the file, a directory that is there, or - for stdout', complete: 'file' },
        { flags: '-f, --force', summary: 'replace a file that is there' }
      ],
      timeoutMs: null,
      load: async () => (await import('../commands/secret.js')).save
    },
    { name: 'edit', summary: 'give an own message another text', arguments: [secret, message, { name: '<text>', summary: 'the new text; - reads it from stdin' }], options: [format], load: async () => (await import('../commands/secret.js')).edit },
    {
      name: 'delete', summary: 'erase messages; or what is left of a closed chat',
      more: 'Own messages are erased on the other device too. Without messages the chat itself goes, which must be closed:\n' +
        'not even with whom it was is left. Closed ones go so by themselves after 14 days.',
      arguments: [secret, { name: '[message...]', summary: 'ids, or unique starts of them' }],
      examples: [['petrel secret delete ada', 'forget the closed secret chat with Ada']],
      load: async () => (await import('../commands/secret.js')).remove
    },
    {
      name: 'react',
      summary: 'put emoji under a message, in place of your own before',
      arguments: [secret, message, { name: '[emoji...]', summary: 'at most 8' }],
      options: [{ flags: '--none', summary: 'take your reactions back' }],
      load: async () => (await import('../commands/secret.js')).react
    },
    { name: 'timer', summary: 'how long messages of both live after they were read', arguments: [secret, { name: '<duration>', summary: '1s to 7d, or off' }], load: async () => (await import('../commands/secret.js')).timer },
    {
      name: 'verify', summary: 'show what the two of you compare', arguments: [secret],
      options: [
        { flags: '--confirm', summary: 'say that you compared it and it is the same' }, { flags: '--unconfirm', summary: 'take that back' },
        { flags: '--qr', summary: 'show the digits as a QR code too' }, { flags: '--scanned <digits>', summary: 'compare with what theirs show, as a camera read it' }
      ],
      load: async () => (await import('../commands/secret.js')).verify
    },
    { name: 'close', summary: 'end a secret chat, and erase it on both devices', arguments: [secret], load: async () => (await import('../commands/secret.js')).close }
  ]
}]
