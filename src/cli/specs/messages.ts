/** Commands about messages. */
import type { CommandSpec } from '../command.js'
import type { ArgumentSpec, OptionSpec } from '../spec.js'
import { GRAPHICS_CHOICES } from '../terminal/graphics.js'
import { MEDIA_KINDS } from './media.js'

const chat: ArgumentSpec = { name: '<chat>', summary: 'a name, whole and with its capitals, or an id, or 4 or more characters of its start that no other has', complete: 'chat' }

const waiting: ArgumentSpec = { name: '<message>', summary: 'its id, or a unique start of it, as petrel scheduled list prints it' }

const spoilers: OptionSpec = { flags: '--spoilers', summary: 'show what is covered as a spoiler' }

const images: OptionSpec = { flags: '-i, --images <how>', summary: 'previews of pictures: auto (default) where the terminal is known to show them, or kitty, iterm, blocks, never', choices: [...GRAPHICS_CHOICES] }

const send: CommandSpec = {
  name: 'send',
  summary: 'send a text, or files',
  more: 'Prints the message\'s id and how far it got: … queued, ✓ stored at the relay, ✓✓ delivered, read.\n' +
    'The message is first written to this node\'s disk: from then on the node sends it by itself. Without --wait the\n' +
    'command then waits for the relay, 2s at most, and says how far it got; a message that is still queued is no\n' +
    'failure (exit code 0). With --wait the command returns when the message has got that far; after --timeout (30s)\n' +
    'it says how far it got (exit code 6), and the node goes on.\n' +
    'With --attach the node first takes the files in, then the command shows how far their upload is, and stays as long\n' +
    'as bytes flow. Ctrl-C then ends only the showing: the node goes on by itself, and petrel delete takes the message\n' +
    'back. Photos and films lose what they tell about where and when they were taken.\n' +
    'With --at or --in the node keeps the message and sends it when it is due; see petrel scheduled.',
  arguments: [chat, { name: '[text]', summary: 'the text, or the caption of files; - reads it from stdin' }],
  options: [
    { flags: '-w, --wait <state>', summary: 'return when it is that far (default: queued, after 2s at most for the relay)', choices: ['queued', 'stored', 'delivered', 'read'] },
    { flags: '-a, --attach <file...>', summary: 'send files, several as an album of at most 10', complete: 'file' },
    { flags: '-c, --caption <text>', summary: 'what stands below the files' },
    { flags: '--as <kind>', summary: 'how to show them (default: by what they are)', choices: MEDIA_KINDS },
    { flags: '--keep-metadata', summary: 'leave in photos and films where and when they were taken' },
    { flags: '-f, --format <format>', summary: 'how formatting is written in the text (default: not at all)', choices: ['markdown', 'html'] },
    { flags: '-r, --reply <id>', summary: 'the message it answers: its id, or a unique start of it' },
    { flags: '-q, --quote <text>', summary: 'with --reply: a part of that message, word for word' },
    { flags: '--at <when>', summary: 'send it then: 18:00, or "2026-12-24 18:00"' },
    { flags: '--in <duration>', summary: 'send it after this long', kind: 'duration' },
    { flags: '-k, --idempotency-key <key>', summary: 'the same key again sends nothing and gives the first message' },
    { flags: '-s, --silent', summary: 'deliver without a notification' }
  ],
  examples: [
    ['petrel send ada "see you at six"', 'on this node\'s disk; says whether the relay has it'],
    ['petrel send ada --attach beach.jpg sunset.jpg --caption "from the sea"', 'two photos as an album'],
    ['git log -1 | petrel send ada - --wait delivered --timeout 1m', 'from a pipe, until her node has it']
  ],
  untimedWith: 'attach',
  load: async () => (await import('../commands/send.js')).send
}

const receive: CommandSpec = {
  name: 'receive',
  summary: 'print what happened and was not received yet',
  more: 'Updates are a numbered log. A consumer is a place in it, kept by the node under a name: each update is\n' +
    'acknowledged after stdout has it (or after --exec ended with 0), so that nothing is lost; after a crash the last\n' +
    'one may come again, with the same number. --after reads from a number without moving the default consumer.',
  options: [
    { flags: '-f, --follow', summary: 'go on with what comes' },
    { flags: '-c, --consumer <name>', summary: 'the consumer (default: cli)' },
    { flags: '-a, --after <n>', summary: 'start after this number; acknowledges nothing unless --consumer is given', kind: 'integer' },
    images,
    spoilers,
    { flags: '-e, --exec <command>', summary: 'run this for each update: the JSON on stdin, facts in PETREL_* variables' }
  ],
  examples: [
    ['petrel receive --follow --json', 'one JSON object per line'],
    ['petrel receive -f -c notify -e \'notify-send "$PETREL_FROM_NAME" "$PETREL_TEXT"\'', 'a notification per message']
  ],
  timeoutMs: null,
  load: async () => (await import('../commands/receive.js')).receive
}

const talk: CommandSpec = {
  name: 'chat',
  summary: 'chat at the terminal',
  more: 'History stands in the terminal\'s own scrollback; the lower edge is the line you write and how things stand. /help\n' +
    'lists the commands: each message has a number in front of it by which they name it. Tab completes, Up brings back what\n' +
    'you wrote, Alt-Enter begins a new line, Ctrl-C empties the line or leaves. Without CHAT it lists your chats first.\n' +
    'With --plain, and where there is no terminal, it writes plain lines and reads lines.',
  arguments: [{ ...chat, name: '[chat]' }],
  options: [
    { flags: '-p, --plain', summary: 'plain words line by line, for screen readers: nothing is written over' },
    { flags: '-s, --secret', summary: 'the secret chat with that contact, or with that id' }
  ],
  examples: [['petrel chat ada', 'what was said, and a line to write'], ['petrel chat ada --secret', 'the secret chat with Ada']],
  timeoutMs: null,
  load: async () => (await import('../chat/index.js')).chat
}

/** Messages, chats and reports. */
export const MESSAGE_COMMANDS: readonly CommandSpec[] = [
  talk,
  send,
  receive,
  {
    name: 'chats',
    summary: 'chats and what was said in them',
    load: async () => (await import('../commands/chats.js')).list,
    commands: [
      { name: 'list', summary: 'list chats', load: async () => (await import('../commands/chats.js')).list },
      {
        name: 'show',
        summary: 'show the newest messages of a chat',
        arguments: [chat],
        options: [
          { flags: '-l, --limit <n>', summary: 'how many (default: 50)', kind: 'integer' },
          { flags: '-b, --before <seq>', summary: 'only those before this number', kind: 'integer' },
          images,
          spoilers,
          { flags: '-p, --proof', summary: 'what the chat\'s relay was caught at, and the evidence, instead of messages' },
          { flags: '-o, --output <file>', summary: 'with --proof: write the newest evidence there, for anybody to check', complete: 'file' }
        ],
        load: async () => (await import('../commands/chats.js')).show
      },
      {
        name: 'read',
        summary: 'mark a chat as read and tell the other side',
        arguments: [chat],
        options: [
          { flags: '-u, --up-to <seq>', summary: 'only up to this number', kind: 'integer' },
          { flags: '-t, --to <message>', summary: 'only up to this message: its id, or a unique start of it' }
        ],
        load: async () => (await import('../commands/chats.js')).read
      },
      {
        name: 'resume',
        summary: 'go on in a chat whose relay or member was caught, as the relay shows it now',
        more: 'What was verified here stays. A relay that still contradicts it is caught again at once. The evidence stays too.',
        arguments: [chat],
        load: async () => (await import('../commands/chat-proof.js')).resume
      },
      {
        name: 'move',
        summary: 'move a chat to another of your relays',
        more: 'Either of the two in a direct chat can; in a group its owner, and admins who may delete or ban. The chat\'s present\n' +
          'relay is asked and hands it over; what is sent meanwhile waits and goes to the new one. With --lost the present\n' +
          'relay is not asked: for when it is gone for good, or was caught. What it had acknowledged and the new relay\n' +
          'lacks is put back by whoever has it.',
        arguments: [chat],
        options: [
          { flags: '-t, --to <relay>', summary: 'one of your home relays: its address or id (default: one that the chat is not at)' },
          { flags: '--lost', summary: 'the chat\'s present relay is gone for good' }
        ],
        examples: [['petrel chats move ada --lost', 'go on at your own relay after hers is gone']],
        timeoutMs: 120_000,
        load: async () => (await import('../commands/chats.js')).move
      }
    ]
  },
  {
    name: 'scheduled',
    summary: 'messages that wait for their time',
    load: async () => (await import('../commands/scheduled.js')).all,
    commands: [
      { name: 'list', summary: 'list what waits, the next one first', arguments: [{ name: '[chat]', summary: 'only of this chat', complete: 'chat' }], load: async () => (await import('../commands/scheduled.js')).list },
      { name: 'cancel', summary: 'take one back: nobody hears of it', arguments: [waiting], load: async () => (await import('../commands/scheduled.js')).cancel },
      { name: 'now', summary: 'send one at once', arguments: [waiting], load: async () => (await import('../commands/scheduled.js')).now }
    ]
  },
  {
    name: 'forward',
    summary: 'send messages of a chat on to another one',
    more: 'Text and files go as they stand, without what they answered. The bytes of files are not moved: the new message\n' +
      'names the same sealed file, and your relay holds it from then on. The other chat is told what the author calls\n' +
      'themselves, never your own name for them. Without --wait the command waits for the relay, 2s at most.',
    arguments: [chat, { name: '<message...>', summary: 'ids, or unique starts of them, as petrel chats show prints them; in the order in which they are to stand there' }],
    options: [
      { flags: '-t, --to <chat>', summary: 'the chat that gets them', complete: 'chat' },
      { flags: '--hide-origin', summary: 'say nothing of who wrote them' },
      { flags: '-w, --wait <state>', summary: 'return when all are that far (default: queued, after 2s at most for the relay)', choices: ['queued', 'stored', 'delivered', 'read'] },
      { flags: '-s, --silent', summary: 'deliver without a notification' }
    ],
    examples: [['petrel forward ada bmy5 --to bob', 'what she wrote, with her name on it']],
    load: async () => (await import('../commands/forward.js')).forward
  },
  {
    name: 'readers',
    summary: 'who has received and read a message of yours',
    more: 'In groups of at most 100 members: in larger ones nobody tells. When somebody read a message is known for a while.',
    arguments: [chat, { name: '<message>', summary: 'its id, or a unique start of it, as petrel chats show prints it' }],
    load: async () => (await import('../commands/readers.js')).readers
  },
  {
    name: 'delete',
    summary: 'take a message back for all',
    more: 'The other side hides it, and its bytes are erased at the relay and at every relay that has a copy. In a direct\n' +
      'chat either of the two may do it. Who has read it or copied it has done so. A message that failed is forgotten.',
    arguments: [chat, { name: '<message>', summary: 'its id, or a unique start of it, as petrel chats show prints it' }],
    load: async () => (await import('../commands/delete.js')).remove
  },
  {
    name: 'proof',
    summary: 'evidence against a relay, from anybody',
    commands: [{
      name: 'verify',
      summary: 'check a file of evidence and say what it proves (exit code 1 when it proves nothing)',
      more: 'Needs no daemon and no identity: everything to check is in the file.',
      arguments: [{ name: '<file>', summary: 'as petrel chats show CHAT --proof --output FILE wrote it' }],
      load: async () => (await import('../commands/proof.js')).verify
    }]
  },
  {
    name: 'report',
    summary: 'disclose one message to the operator of the chat\'s relay',
    arguments: [chat, { name: '<message>', summary: 'its id, or a unique start of it, as petrel chats show prints it' }],
    options: [{ flags: '--note <text>', summary: 'what is wrong with it' }],
    load: async () => (await import('../commands/report.js')).report
  }
]
