/** Commands that keep what one has outside of Petrel. */
import type { CommandSpec } from '../command.js'
import type { ArgumentSpec, OptionSpec } from '../spec.js'

const file: ArgumentSpec = { name: '<file>', summary: 'the backup', complete: 'file' }
const passphrase: OptionSpec = { flags: '-p, --passphrase-file <file>', summary: 'the backup opens with the passphrase in this file (- is stdin; otherwise it is asked for)', complete: 'file' }

const words: OptionSpec = { flags: '--words-file <file>', summary: 'the backup opens with the 24 words in this file (- is stdin)', complete: 'file' }

const backup: CommandSpec = {
  name: 'backup',
  summary: 'keep your home in one encrypted file',
  commands: [
    {
      name: 'create',
      summary: 'write a backup of this home, while its daemon runs',
      more: 'It has chats, messages, contacts and keys as they are when it begins, but not the key of this device. The 24\n' +
        'words open it, and a passphrase if you give one. After Ctrl-C the same command goes on: what came waits in a\n' +
        'hidden part beside the file.',
      arguments: [{ name: '<file>', summary: 'a new file', complete: 'file' }],
      options: [
        { flags: '-p, --passphrase-file <file>', summary: 'the passphrase in this file opens it, too (- is stdin; otherwise it is asked for)', complete: 'file' },
        { flags: '-m, --media', summary: 'the files that are on this machine, too; relays keep most of them as well' },
        { flags: '-f, --force', summary: 'replace a file that is there' }
      ],
      examples: [['petrel backup create petrel.backup --media', 'everything']],
      timeoutMs: null,
      load: async () => (await import('../commands/backup.js')).create
    },
    {
      name: 'verify',
      summary: 'read a backup to its end, and say what is in it (exit code 1 when it is damaged)',
      more: 'Needs no daemon and no identity.',
      arguments: [file],
      options: [passphrase, words],
      timeoutMs: null,
      load: async () => (await import('../commands/backup.js')).verify
    },
    {
      name: 'restore',
      summary: 'make a home from a backup',
      more: 'The home is a new device of the account, since the old one may still run: it shows its history at once, and\n' +
        'sends again when the account has let it in. Messages that were on their way when the backup was made are not\n' +
        'sent again. After Ctrl-C the same command goes on.',
      arguments: [file],
      options: [
        passphrase,
        words,
        { flags: '--home-passphrase-file <file>', summary: 'the new home opens with the passphrase in this file', complete: 'file' },
        { flags: '--key-file <file>', summary: 'the new home opens with this key file' },
        { flags: '--credential <name>', summary: 'the new home opens with this systemd credential' }
      ],
      examples: [['petrel backup restore petrel.backup', 'on a new machine, before petrel daemon start']],
      timeoutMs: null,
      load: async () => (await import('../commands/backup.js')).restore
    }
  ]
}

/** `petrel export` and `petrel backup …`. */
export const KEEPING_COMMANDS: readonly CommandSpec[] = [backup, {
  name: 'export',
  summary: 'write a chat out, for browsers or for programs',
  more: 'HTML pages run no scripts and load nothing from elsewhere. The other format is a line of JSON for each message,\n' +
    'the oldest first. Into a directory that the command makes; the same command again brings one up to date, and\n' +
    'fetches no file twice. What is written is not encrypted. Messages that still wait to be sent are left out.\n' +
    'Times are a day (2026-03-01), a time ("2026-03-01 14:05"), today, yesterday, or how long ago (7d).',
  arguments: [{ name: '<chat>', summary: 'a name, whole and with its capitals, or an id, or 4 or more characters of its start that no other has', complete: 'chat' }],
  options: [
    { flags: '-f, --format <format>', summary: 'how (default: html)', choices: ['html', 'jsonl'] },
    { flags: '-o, --output <dir>', summary: 'a directory (default: one named after the chat), or - for lines of JSON on stdout', complete: 'directory' },
    { flags: '-m, --media', summary: 'save the files too; what is not here is fetched' },
    { flags: '--since <time>', summary: 'only from then on' },
    { flags: '--until <time>', summary: 'only before then' }
  ],
  examples: [
    ['petrel export ada --media', 'everything, for a browser'],
    ['petrel export Birds --format jsonl -o - | jq .message.text', 'for a program']
  ],
  timeoutMs: null,
  load: async () => (await import('../commands/export.js')).exportChat
}]
