/** Commands about groups. */
import type { CommandSpec } from '../command.js'
import type { ArgumentSpec, OptionSpec } from '../spec.js'

const chat: ArgumentSpec = { name: '<chat>', summary: 'a group\'s name, or its id, or 4 or more characters of its start that no other has', complete: 'chat' }
const contacts: ArgumentSpec = { name: '<contact...>', summary: 'contacts, as petrel contacts list names them', complete: 'contact' }
const members: ArgumentSpec = { name: '<member...>', summary: 'members, as petrel group show names them' }
const member: ArgumentSpec = { name: '<member>', summary: 'a member, as petrel group show names it' }
const forHow: OptionSpec = { flags: '--for <duration>', summary: 'how long, such as 1h or 7d (default: for ever)', kind: 'duration' }
const asking: ArgumentSpec = { name: '<who>', summary: 'who waits, as petrel group requests names them' }
const loadLinks = (name: keyof typeof import('../commands/group-links.js')) => async () => (await import('../commands/group-links.js'))[name]
const load = (name: keyof typeof import('../commands/group.js')) => async () => (await import('../commands/group.js'))[name]

/** Groups. */
export const GROUP_COMMANDS: readonly CommandSpec[] = [
  {
    name: 'group',
    summary: 'chats of many',
    more: 'Who may do what stands in the group itself and is checked by every member. A change is made once the log shows\n' +
      'it: when two change a group at once, one is made after the other.',
    load: load('list'),
    commands: [
      {
        name: 'create',
        summary: 'make a group, and add contacts to it',
        arguments: [{ name: '<title>', summary: 'what it is called' }, { name: '[contact...]', summary: 'who is in it from the start', complete: 'contact' }],
        options: [{ flags: '--about <text>', summary: 'a description' }, { flags: '--hide-history', summary: 'newcomers do not see what was written before them' }],
        examples: [['petrel group create Birds ada bob', 'a group of three']],
        timeoutMs: 120_000,
        load: load('create')
      },
      { name: 'list', summary: 'list your groups', load: load('list') },
      { name: 'show', summary: 'show a group\'s members and rules', arguments: [chat], load: load('show') },
      { name: 'rename', summary: 'give a group another name', arguments: [chat, { name: '<title>', summary: 'the new name' }], timeoutMs: 60_000, load: load('rename') },
      {
        name: 'permissions',
        summary: 'show or change what members may do',
        more: 'Permissions: sendMessages, sendPhotos, sendVideos, sendVoices, sendAudios, sendFiles, sendPolls, react, inviteUsers,\npinMessages, changeInfo; or none. The owner and admins may all that is sending.',
        arguments: [chat, { name: '[may...]', summary: 'permissions, or none; without any, and without options, they are shown' }],
        options: [
          { flags: '--slow-mode <duration>', summary: 'the time between two messages of a member, or off' },
          { flags: '--about <text>', summary: 'the description' },
          { flags: '--history <who>', summary: 'whether newcomers see what was written before them', choices: ['show', 'hide'] }
        ],
        timeoutMs: 60_000,
        load: load('permissions')
      },
      { name: 'add', summary: 'add contacts to a group', arguments: [chat, contacts], timeoutMs: 300_000, load: load('add') },
      {
        name: 'remove',
        summary: 'remove members; what is written while they are out they cannot read',
        more: 'They keep what they had. Whoever is added again reads what was written meanwhile only if newcomers see what was\n' +
          'before (petrel group permissions CHAT --history hide ends that).',
        arguments: [chat, members],
        options: [{ flags: '--ban', summary: 'they cannot be added again' }, forHow],
        timeoutMs: 120_000,
        load: load('remove')
      },
      { name: 'unban', summary: 'let somebody who was banned be added again', arguments: [chat, member], timeoutMs: 60_000, load: load('unban') },
      {
        name: 'promote',
        summary: 'make a member an admin, or change what one may',
        more: 'Rights: changeInfo, deleteMessages, banUsers, inviteUsers, pinMessages, addAdmins. Without any: all but addAdmins.',
        arguments: [chat, member],
        options: [{ flags: '--may <right>', summary: 'a right, once for each', many: true }, { flags: '--title <text>', summary: 'what the admin is called' }, { flags: '--owner', summary: 'give the group to this member' }],
        timeoutMs: 60_000,
        load: load('promote')
      },
      { name: 'demote', summary: 'make an admin a member again', arguments: [chat, member], timeoutMs: 60_000, load: load('demote') },
      {
        name: 'restrict',
        summary: 'give one member permissions of its own; without any, the group\'s again',
        arguments: [chat, member],
        options: [{ flags: '--may <permission>', summary: 'a permission, once for each; or none', many: true }, forHow],
        timeoutMs: 60_000,
        load: load('restrict')
      },
      { name: 'leave', summary: 'leave a group', arguments: [chat], load: load('leave') },
      {
        name: 'invite',
        summary: 'make a link by which others can join',
        more: 'The link says who you are and nothing of the group. Keep it among those who may join.',
        arguments: [chat],
        options: [
          { flags: '--expires <duration>', summary: 'how long it is good, such as 1h or 7d (default: for ever)', kind: 'duration' },
          { flags: '--uses <n>', summary: 'how many can join by it', kind: 'integer' },
          { flags: '--approve', summary: 'you are asked about each' },
          { flags: '--name <text>', summary: 'what you call the link' },
          { flags: '--qr', summary: 'also print it as a QR code' }
        ],
        examples: [['petrel group invite Birds --expires 1d --uses 5', 'for five people, until tomorrow']],
        load: loadLinks('invite')
      },
      { name: 'links', summary: 'list your links to a group', arguments: [chat], load: loadLinks('links') },
      { name: 'revoke', summary: 'end a link', arguments: [chat, { name: '<link>', summary: 'its id or name, as petrel group links shows it' }], load: loadLinks('revoke') },
      {
        name: 'join',
        summary: 'ask to join a group by its link',
        arguments: [{ name: '<link>', summary: 'the petrel: link' }],
        options: [{ flags: '--answer-within <duration>', summary: 'how long to wait for an answer (default: 10s)', kind: 'duration' }],
        timeoutMs: 660_000,
        load: loadLinks('join')
      },
      { name: 'requests', summary: 'list who waits to be let in', arguments: [chat], load: loadLinks('requests') },
      { name: 'approve', summary: 'let somebody in who waits', arguments: [chat, asking], timeoutMs: 120_000, load: loadLinks('approve') },
      { name: 'decline', summary: 'do not let somebody in who waits', arguments: [chat, asking], load: loadLinks('decline') }
    ]
  }
]
