/** The command that looks for messages. */
import type { CommandSpec } from '../command.js'

/** What `--kind` takes. */
export const SEARCH_KINDS = ['text', 'photo', 'video', 'voice', 'audio', 'file', 'link', 'poll'] as const

/** `petrel search`. */
export const SEARCH_COMMANDS: readonly CommandSpec[] = [{
  name: 'search',
  summary: 'find messages by their words, in one chat or in all',
  more: 'Finds messages that have all the words, whatever their case and accents, the newest first. The last word may be\n' +
    'the beginning of one. Words in double quotes stand side by side; the shell needs quotes of its own around them.\n' +
    'Names of files and options of polls count too. Nobody but this node has the index, and it is encrypted on the disk.\n' +
    'Times are a day (2026-03-01), a time ("2026-03-01 14:05"), today, yesterday, or how long ago (7d).',
  arguments: [{ name: '[word...]', summary: 'what to look for' }],
  options: [
    { flags: '-c, --chat <chat>', summary: 'only in this chat', complete: 'chat' },
    { flags: '--from <who>', summary: 'only what this contact or member wrote; me for yourself', complete: 'contact' },
    { flags: '--since <time>', summary: 'only from then on' },
    { flags: '--until <time>', summary: 'only before then' },
    { flags: '-k, --kind <kind>', summary: 'only those', choices: SEARCH_KINDS },
    { flags: '-l, --limit <n>', summary: 'how many (default: 20)', kind: 'integer' },
    { flags: '-b, --before <place>', summary: 'those after a page, at the place that it ended with' },
    { flags: '--rebuild', summary: 'make the index anew first' }
  ],
  examples: [
    ['petrel search lighthouse', 'in all chats'],
    ['petrel search \'"meet you" six\' --chat ada', 'two words side by side, and a third'],
    ['petrel search --from bob --kind photo --since 30d', 'his photos of the last month']
  ],
  timeoutMs: 120_000,
  load: async () => (await import('../commands/search.js')).search
}]
