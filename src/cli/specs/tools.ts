/** Commands about Petrel on this machine. */
import type { CommandSpec } from '../command.js'

/** `petrel version`, which `petrel --version` means too. */
export const VERSION: CommandSpec = { name: 'version', summary: 'print the version', load: async () => (await import('../commands/version.js')).version }

/** Services, completion, schemas and the version. */
export const TOOL_COMMANDS: readonly CommandSpec[] = [
  {
    name: 'service',
    summary: 'let the system start Petrel',
    commands: [{
      name: 'install',
      summary: 'write a systemd unit, or a launchd agent on macOS',
      more: 'Writes one file and says how to enable it. Without --user the unit is for the whole system and needs root.',
      options: [
        { flags: '--user', summary: 'a service of your own, which starts when you log in' },
        { flags: '--relay', summary: 'a relay instead of a node' },
        { flags: '--listen <address>', summary: 'a multiaddr to listen on; may be given again', many: true },
        { flags: '--run-as <user>', summary: 'the user a system service runs as (default: petrel)' },
        { flags: '--credential <file>', summary: 'an encrypted systemd credential that opens the keystore', complete: 'file' },
        { flags: '--dry-run', summary: 'print the file and write nothing' }
      ],
      examples: [['petrel service install --user --dry-run', 'look at it first']],
      load: async () => (await import('../commands/service.js')).install
    }]
  },
  {
    name: 'completion',
    summary: 'print a completion script for your shell',
    arguments: [{ name: '<shell>', summary: 'your shell', choices: ['bash', 'zsh', 'fish'] }],
    examples: [
      ['petrel completion bash > ~/.local/share/bash-completion/completions/petrel', 'bash'],
      ['petrel completion zsh > "${fpath[1]}/_petrel"', 'zsh'],
      ['petrel completion fish > ~/.config/fish/completions/petrel.fish', 'fish']
    ],
    load: async () => (await import('../commands/completion.js')).completion
  },
  {
    name: 'schema',
    summary: 'print the JSON Schema of what a command prints with --json',
    arguments: [{ name: '[command...]', summary: 'the command, such as contacts list; all of them without one' }],
    load: async () => (await import('../commands/schema.js')).schema
  },
  VERSION,
  {
    name: 'help',
    summary: 'help for a command, or for exit-codes',
    arguments: [{ name: '[command...]', summary: 'the command, such as relay token create, or exit-codes' }],
    load: async () => (await import('../commands/help.js')).help
  },
  {
    name: '__complete',
    summary: 'candidates for the completion scripts',
    hidden: true,
    arguments: [{ name: '<kind>', summary: 'chat, contact, relay, request or invite' }],
    timeoutMs: 1000,
    load: async () => (await import('../commands/candidates.js')).candidates
  }
]
