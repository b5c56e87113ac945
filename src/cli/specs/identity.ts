/** Commands about who one is. */
import type { CommandSpec } from '../command.js'
import type { OptionSpec } from '../spec.js'

/** How to open the keystore, wherever that is needed. */
export const UNLOCK_OPTIONS: readonly OptionSpec[] = [
  { flags: '--passphrase-file <file>', summary: 'the keystore opens with the passphrase in this file (- is stdin)', complete: 'file' },
  { flags: '--key-file <file>', summary: 'the keystore opens with this key file', complete: 'file' },
  { flags: '--credential <name>', summary: 'the keystore opens with this systemd credential' }
]

const words: OptionSpec = { flags: '--words-file <file>', summary: 'the 24 words are in this file (- is stdin; otherwise they are asked for)', complete: 'file' }
const qr: OptionSpec = { flags: '--qr', summary: 'show it as a QR code too' }

/** Identity, invites and the account. */
export const IDENTITY_COMMANDS: readonly CommandSpec[] = [
  {
    name: 'init',
    summary: 'make an identity and show its 24 words, once',
    more: 'The 24 words are the account: whoever has them is you, and nobody can give them back to you. They are shown\n' +
      'now and written nowhere. With --json they are in the JSON. Without a passphrase, key file or credential, a key\n' +
      'file in the home opens the keystore. With --recover the words are asked for: the account comes back with all its\n' +
      'chats, without any old device. Nothing is changed anywhere unless its vault could be read.',
    options: [
      { flags: '-n, --name <name>', summary: 'the name that contacts see (otherwise asked for, or your login name)' },
      { flags: '--no-input', summary: 'ask nothing' },
      { flags: '--recover', summary: 'bring an account back from its 24 words, as a new device' },
      { flags: '--relay <address>', summary: 'with --recover: a relay where the account lives, ending in /p2p/PEER; may be given again', many: true, complete: 'relay' },
      words,
      { flags: '--revoke-others', summary: 'with --recover: end all other devices of the account, which are lost' },
      ...UNLOCK_OPTIONS
    ],
    examples: [['petrel init --name Ada', 'an identity in the default home'], ['petrel --profile work init --no-input --json', 'a second one, made by a script'], ['petrel init --recover --relay /dns4/relay.example/tcp/4001/p2p/PEER', 'on an empty machine, with the words at hand']],
    timeoutMs: null,
    load: async () => (await import('../commands/init.js')).init
  },
  { name: 'id', summary: 'show your account, device and link', options: [qr], load: async () => (await import('../commands/id.js')).id },
  {
    name: 'invite',
    summary: 'make a link whose holder may write to you without being a stranger',
    options: [{ flags: '--expires <duration>', summary: 'how long it is good, such as 7d (default: until revoked)', kind: 'duration' }, qr],
    examples: [['petrel invite --expires 7d --qr', 'for somebody who sits beside you']],
    load: async () => (await import('../commands/invite.js')).create,
    commands: [
      { name: 'list', summary: 'list the invites that are still good', load: async () => (await import('../commands/invite.js')).list },
      { name: 'revoke', summary: 'end an invite', arguments: [{ name: '<id>', summary: 'its id', complete: 'invite' }], load: async () => (await import('../commands/invite.js')).revoke }
    ]
  },
  {
    name: 'account',
    summary: 'the account as a whole',
    commands: [{
      name: 'rename',
      summary: 'go by another name: contacts and groups see it',
      arguments: [{ name: '<name>', summary: 'the new name' }],
      load: async () => (await import('../commands/account.js')).rename
    }, {
      name: 'recovery',
      summary: 'let the 24 words bring everything back, in a home of an older version',
      more: 'Homes that are made now can do so from the start. The words are typed once; the daemon never gets them.',
      options: [words],
      timeoutMs: null,
      load: async () => (await import('../commands/recover.js')).allowRecovery
    }, {
      name: 'delete',
      summary: 'delete the account at its relays and everything in this home, for ever',
      options: [{ flags: '--confirm <account>', summary: 'the whole account id, as petrel id shows it' }],
      timeoutMs: 120_000,
      load: async () => (await import('../commands/account.js')).remove
    }]
  }
]
