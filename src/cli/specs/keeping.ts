/** Commands that keep what one has outside of Petrel. */
import type { CommandSpec } from '../command.js'

/** `petrel export`. */
export const KEEPING_COMMANDS: readonly CommandSpec[] = [{
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
