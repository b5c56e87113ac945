/** Commands about relays: those one uses (`relays`), and the one that one runs (`relay`). */
import type { CommandSpec } from '../command.js'
import type { ArgumentSpec, OptionSpec } from '../spec.js'

const address: ArgumentSpec = { name: '<address>', summary: 'the relay\'s multiaddr, ending in /p2p/PEER', complete: 'relay' }
const dir: OptionSpec = { flags: '--dir <dir>', summary: 'the relay\'s directory (default: relay in the home)', complete: 'directory' }
const operator = () => import('../commands/relay-operator.js')
const token = () => import('../commands/relay-token.js')
const copies = () => import('../commands/relay-copies.js')

const run: CommandSpec = {
  name: 'run',
  summary: 'run a relay in the foreground; SIGTERM or Ctrl-C drains and stops it',
  options: [
    dir,
    { flags: '--listen <address>', summary: 'a multiaddr to listen on; may be given again (default: on loopback, at the port of the last time)', many: true },
    { flags: '--announce <address>', summary: 'a multiaddr to tell people instead, behind a NAT or proxy; may be given again', many: true },
    { flags: '--admission <how>', summary: 'whom it hosts (default: open on loopback, else token)', choices: ['open', 'token', 'closed'] },
    { flags: '--account-quota <size>', summary: 'what the logs of one account may take (default: 1GiB)' },
    { flags: '--total-quota <size>', summary: 'what all logs may take: less than the disk (default: 100GiB)' },
    { flags: '--media-quota <size>', summary: 'what the files of one account may take (default: 10GiB)' },
    { flags: '--media-file <size>', summary: 'the largest file that it takes (default: a little over 4GiB, which is all that people can send)' },
    { flags: '--media-total <size>', summary: 'what all files may take: less than the disk (default: 100GiB)' },
    { flags: '--media-retention <days>', summary: 'keep no file that nobody has asked for in so many days (default: keep them)', kind: 'integer' },
    { flags: '--visit-private-networks', summary: 'carry its people\'s visits into private networks too, such as to another relay at home: they can then reach machines behind your firewall' },
    { flags: '--peer <address>', summary: 'another relay to begin with, ending in /p2p/PEER, so that people who move between relays are found; may be given again', many: true },
    { flags: '--http <port>', summary: 'port on 127.0.0.1 for /livez, /readyz and /metrics (default: any free one)', kind: 'port' },
    { flags: '--log-file <file>', summary: 'write the log there, in pieces of bounded size (default: stderr)', complete: 'file' },
    { flags: '--log-level <level>', summary: 'how much the log tells', choices: ['error', 'warn', 'info', 'debug'] }
  ],
  examples: [['petrel relay run --listen /ip4/0.0.0.0/tcp/4001', 'for others; whom it hosts needs a token: petrel relay token create']],
  timeoutMs: null,
  load: async () => (await import('../commands/relay-run.js')).runRelay
}

const tokens: CommandSpec = {
  name: 'token',
  summary: 'tokens that let accounts be hosted',
  commands: [
    {
      name: 'create',
      summary: 'make a token and show it, once',
      options: [
        dir,
        { flags: '--uses <n>', summary: 'how many accounts may use it (default: 1)', kind: 'integer' },
        { flags: '--expires <duration>', summary: 'how long it is good, such as 7d (default: for ever)', kind: 'duration' },
        { flags: '--label <text>', summary: 'what you call it' }
      ],
      load: async () => (await token()).create
    },
    { name: 'list', summary: 'list the tokens that still let somebody in', options: [dir], load: async () => (await token()).list },
    { name: 'revoke', summary: 'end a token', arguments: [{ name: '<id>', summary: 'its id, or a unique start of it' }], options: [dir], load: async () => (await token()).revoke }
  ]
}

const takedown: CommandSpec = {
  name: 'takedown',
  summary: 'refuse reads and appends of a log, or serve a file no more',
  arguments: [{ name: '<log>', summary: 'the log\'s id, or the file\'s CID' }],
  options: [dir, { flags: '--reason <text>', summary: 'why: whoever uses the log is told' }, { flags: '--lift', summary: 'end the takedown' }],
  load: async () => (await operator()).takedown,
  commands: [{ name: 'list', summary: 'list the logs and files that are taken down', options: [dir], load: async () => (await operator()).listTakedowns }]
}

const reports: CommandSpec = {
  name: 'reports',
  summary: 'what people reported',
  options: [dir],
  load: async () => (await operator()).listReports,
  commands: [{ name: 'drop', summary: 'forget a report', arguments: [{ name: '<id>', summary: 'its id' }], options: [dir], load: async () => (await operator()).dropReport }]
}

/** `relays` and `relay`. */
export const RELAY_COMMANDS: readonly CommandSpec[] = [
  {
    name: 'relays',
    summary: 'relays that this node uses',
    load: async () => (await import('../commands/relays.js')).list,
    commands: [
      {
        name: 'add',
        summary: 'make a relay a home of this account',
        arguments: [address],
        options: [{ flags: '--token <token>', summary: 'the admission token its operator gave you' }],
        load: async () => (await import('../commands/relays.js')).add
      },
      { name: 'list', summary: 'list them', load: async () => (await import('../commands/relays.js')).list },
      { name: 'remove', summary: 'stop using a relay as a home; the inbox moves to another home first', arguments: [address], load: async () => (await import('../commands/relays.js')).remove },
      { name: 'move-inbox', summary: 'let the inbox, to which new contacts write, live at another home', arguments: [address], load: async () => (await import('../commands/relays.js')).moveInbox }
    ]
  },
  {
    name: 'relay',
    summary: 'run a relay and look after it',
    commands: [
      run,
      { name: 'status', summary: 'what the running relay says of itself', options: [dir], load: async () => (await operator()).status },
      { name: 'sessions', summary: 'sessions that are open now', options: [dir], load: async () => (await operator()).sessions },
      {
        name: 'drain',
        summary: 'empty the running relay of connections; nobody is let in until it is undone',
        options: [
          dir,
          { flags: '--to <address>', summary: 'where people are sent, such as this relay\'s next process; may be given again (default: they ask here again)', many: true },
          { flags: '--stop', summary: 'stop the relay once it is empty' },
          { flags: '--undo', summary: 'let people in again' }
        ],
        examples: [['petrel relay drain --stop', 'before planned work: nothing that was acknowledged is lost']],
        timeoutMs: null,
        load: async () => (await import('../commands/relay-drain.js')).drain
      },
      tokens,
      takedown,
      reports,
      { name: 'backup', summary: 'copy the relay to a new directory, also while it runs', arguments: [{ name: '<target>', summary: 'an empty or new directory', complete: 'directory' }], options: [dir], timeoutMs: null, load: async () => (await copies()).backup },
      { name: 'restore', summary: 'make a relay\'s directory from a backup', arguments: [{ name: '<backup>', summary: 'the backup\'s directory', complete: 'directory' }], options: [dir], timeoutMs: null, load: async () => (await copies()).restore },
      { name: 'doctor', summary: 'check the relay\'s store, chains, identity and disk', options: [dir], timeoutMs: null, load: async () => (await operator()).doctor }
    ]
  }
]
