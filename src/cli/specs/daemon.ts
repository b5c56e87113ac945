/** Commands about the node's process and its state. */
import type { CommandSpec } from '../command.js'
import type { OptionSpec } from '../spec.js'
import { UNLOCK_OPTIONS } from './identity.js'

const node: readonly OptionSpec[] = [
  ...UNLOCK_OPTIONS,
  { flags: '--listen <address>', summary: 'a multiaddr to listen on; may be given again (default: none, it only dials; with --lan all interfaces, at the port of the last time)', many: true },
  { flags: '--lan', summary: 'let others in the local network find and reach this node: without a relay it is its own home' },
  { flags: '--circuit <address>', summary: 'with --lan: a relay that passes on connections to this node, beside its home relays; may be given again', many: true },
  { flags: '--log-level <level>', summary: 'how much the log tells', choices: ['error', 'warn', 'info', 'debug'] }
]

/** The daemon, and what it says of itself. */
export const DAEMON_COMMANDS: readonly CommandSpec[] = [
  {
    name: 'daemon',
    summary: 'run, start and stop the node',
    commands: [
      {
        name: 'run',
        summary: 'run the node in the foreground; SIGTERM or Ctrl-C drains and stops it',
        options: [...node, { flags: '--log-file <file>', summary: 'write the log there, in pieces of bounded size (default: stderr)', complete: 'file' }],
        timeoutMs: null,
        load: async () => (await import('../commands/daemon-run.js')).runNode
      },
      {
        name: 'start',
        summary: 'start the node in the background and wait until it is ready',
        more: 'Its log is the file daemon.log in the home. A node that runs already is left as it is.',
        options: node,
        load: async () => (await import('../commands/daemon-start.js')).start
      },
      { name: 'stop', summary: 'stop the node and wait until it has ended', load: async () => (await import('../commands/daemon-stop.js')).stop },
      { name: 'status', summary: 'whether the node runs (exit code 3 when it does not)', load: async () => (await import('../commands/daemon-status.js')).status }
    ]
  },
  { name: 'status', summary: 'the node at a glance', load: async () => (await import('../commands/status.js')).status },
  { name: 'peers', summary: 'peers the node is connected with now', load: async () => (await import('../commands/status.js')).peers },
  { name: 'doctor', summary: 'check keys, store, relays and clocks (exit code 1 when something is wrong)', timeoutMs: 120_000, load: async () => (await import('../commands/doctor.js')).doctor }
]
