/** Commands that do something with messages: edits, reactions, pins and polls. */
import type { CommandSpec } from '../command.js'
import type { ArgumentSpec } from '../spec.js'

const chat: ArgumentSpec = { name: '<chat>', summary: 'a name, whole and with its capitals, or an id, or 4 or more characters of its start that no other has', complete: 'chat' }
const message: ArgumentSpec = { name: '<message>', summary: 'its id, or a unique start of it, as petrel chats show prints it' }

/** `petrel edit`, `react`, `pin`, `unpin`, `pins`, `poll …`. */
export const CHANGE_COMMANDS: readonly CommandSpec[] = [
  {
    name: 'edit',
    summary: 'give an own message another text, or another caption',
    more: 'All are shown the new text, marked as edited. What it said before stays with everybody who had it: --history shows\n' +
      'it. Who is to read it no more takes the message back with petrel delete.',
    arguments: [chat, message, { name: '[text]', summary: 'the new text; - reads it from stdin' }],
    options: [
      { flags: '-f, --format <format>', summary: 'how formatting is written in the text (default: not at all)', choices: ['markdown', 'html'] },
      { flags: '--history', summary: 'change nothing, and print what the message said from the first text on' }
    ],
    examples: [['petrel edit ada bmy5 "see you at seven"', 'instead of what bmy5… said']],
    load: async () => (await import('../commands/changes.js')).edit
  },
  {
    name: 'react',
    summary: 'put emoji under a message, in place of your own before',
    arguments: [chat, message, { name: '[emoji...]', summary: 'at most 8' }],
    options: [{ flags: '--none', summary: 'take your reactions back' }],
    examples: [['petrel react ada bmy5 👍', 'thumbs up']],
    load: async () => (await import('../commands/changes.js')).react
  },
  {
    name: 'pin',
    summary: 'pin a message for all',
    arguments: [chat, message],
    options: [{ flags: '-s, --silent', summary: 'without a notification' }],
    load: async () => (await import('../commands/changes.js')).pin
  },
  { name: 'unpin', summary: 'take a pin away, for all', arguments: [chat, message], load: async () => (await import('../commands/changes.js')).unpin },
  { name: 'pins', summary: 'show the pinned messages of a chat', arguments: [chat], load: async () => (await import('../commands/changes.js')).pins },
  {
    name: 'poll',
    summary: 'ask many, and count their votes',
    more: 'Votes are signed messages of the chat: its members can know who voted for what.',
    commands: [
      {
        name: 'create',
        summary: 'ask a poll, or a quiz',
        arguments: [chat, { name: '<question>', summary: 'the question' }, { name: '<option...>', summary: '2 to 12 answers to choose from' }],
        options: [
          { flags: '-m, --multiple', summary: 'let people choose several' },
          { flags: '-c, --correct <n>', summary: 'make it a quiz: the answer that is right, counted from 1', kind: 'integer' },
          { flags: '-e, --explanation <text>', summary: 'of a quiz: shown to who has answered' },
          { flags: '--ends-in <duration>', summary: 'take no votes after this long', kind: 'duration' },
          { flags: '-r, --reply <id>', summary: 'the message it answers: its id, or a unique start of it' },
          { flags: '-s, --silent', summary: 'deliver without a notification' }
        ],
        examples: [['petrel poll create Birds "Where to?" Lake Sea Woods', 'three answers'], ['petrel poll create Birds "Who sings?" Stork Wren --correct 2', 'a quiz']],
        load: async () => (await import('../commands/poll.js')).create
      },
      {
        name: 'vote',
        summary: 'vote, in place of your vote before',
        arguments: [chat, message, { name: '[option...]', summary: 'numbers of answers, counted from 1' }],
        options: [{ flags: '--none', summary: 'take your vote back' }],
        load: async () => (await import('../commands/poll.js')).vote
      },
      { name: 'show', summary: 'show how a poll stands', arguments: [chat, message], load: async () => (await import('../commands/poll.js')).show },
      { name: 'close', summary: 'end a poll of yours', arguments: [chat, message], load: async () => (await import('../commands/poll.js')).close }
    ]
  }
]
