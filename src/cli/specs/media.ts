/** Commands about files in chats. */
import type { CommandSpec } from '../command.js'
import type { ArgumentSpec, OptionSpec } from '../spec.js'

const chat: ArgumentSpec = { name: '<chat>', summary: 'a name, whole and with its capitals, or an id, or 4 or more characters of its start that no other has', complete: 'chat' }
const message: ArgumentSpec = { name: '<message>', summary: 'its id, or a unique start of it, as petrel media list prints it' }
const item: OptionSpec = { flags: '-i, --item <n>', summary: 'the file of an album, from 1', kind: 'integer' }

/** How a file is shown, as --as takes it. */
export const MEDIA_KINDS = ['photo', 'video', 'voice', 'audio', 'file'] as const

/** `petrel media …`. */
export const MEDIA_COMMANDS: readonly CommandSpec[] = [{
  name: 'media',
  summary: 'files in chats',
  load: async () => (await import('../commands/media.js')).listAll,
  commands: [
    {
      name: 'list',
      summary: 'list the files of a chat, or of all, the newest first',
      arguments: [{ ...chat, name: '[chat]' }],
      options: [
        { flags: '--as <kind>', summary: 'only those', choices: MEDIA_KINDS },
        { flags: '-l, --limit <n>', summary: 'how many (default: 50)', kind: 'integer' },
        { flags: '-b, --before <place>', summary: 'those after a page, at the place that it ended with' }
      ],
      load: async () => (await import('../commands/media.js')).list
    },
    {
      name: 'get',
      summary: 'save the files of a message',
      more: 'Into the directory where you are, under the name that the sender gave, made harmless. The bytes are checked before\n' +
        'a file gets its name; until then they wait in a hidden .petrel-….part beside it. After Ctrl-C the same command goes\n' +
        'on from there, and a file that is there whole counts as saved. Any other file that is there is never replaced\n' +
        'without --force: the rest of an album is saved all the same.',
      arguments: [chat, message],
      options: [
        item,
        { flags: '-o, --output <path>', summary: 'a name for the file, a directory that is there, or - for stdout', complete: 'file' },
        { flags: '-f, --force', summary: 'replace a file that is there' }
      ],
      examples: [
        ['petrel media get ada bmy5pbo4', 'into this directory'],
        ['petrel media get ada bmy5pbo4 -o - | mpv -', 'play it while it comes']
      ],
      timeoutMs: null,
      load: async () => (await import('../commands/media-get.js')).get
    },
    {
      name: 'info',
      summary: 'what is known of the files of a message, and where their bytes are',
      arguments: [chat, message],
      options: [item],
      load: async () => (await import('../commands/media.js')).info
    },
    {
      name: 'url',
      summary: 'an address from which a player on this machine plays a file while it comes',
      more: 'Whoever has the address has the file, until it expires or the daemon stops: any program on this machine.',
      arguments: [chat, message],
      options: [item, { flags: '--expires <duration>', summary: 'how long it is good (default: 4h)', kind: 'duration' }],
      examples: [['mpv "$(petrel media url ada bmy5pbo4)"', 'watch a film; seeking fetches only what is looked at']],
      load: async () => (await import('../commands/media.js')).url
    },
    {
      name: 'purge',
      summary: 'make room: remove files from this machine that relays keep',
      more: 'What is removed is fetched again when somebody looks at it. What no relay has yet stays.',
      arguments: [{ ...chat, name: '[chat]' }, { ...message, name: '[message]' }],
      options: [
        item,
        { flags: '--all', summary: 'of all chats' },
        { flags: '--unused <duration>', summary: 'only what was not looked at for that long', kind: 'duration' }
      ],
      examples: [['petrel media purge --all --unused 30d', 'everything that nobody has looked at for a month']],
      load: async () => (await import('../commands/media.js')).purge
    }
  ]
}]
