/** `petrel group …`. */
import { DeadlineError, type GroupInfo, type GroupMember, type MemberEdit, type Petrel } from '../../protocol/api/index.js'
import type { Handler } from '../command.js'
import type { Context } from '../context.js'
import { parseDuration } from '../duration.js'
import { badInput, failureOf } from '../failure.js'
import type { Input } from '../input.js'
import { oneLine } from '../terminal/safe-text.js'
import { table } from '../terminal/table.js'
import { shortTime } from '../terminal/time.js'
import { wrap } from '../terminal/width.js'

const COLUMNS = [{ title: 'GROUP', flexible: true }, { title: 'MEMBERS' }, { title: 'NEW' }]
const MEMBER_COLUMNS = [{ title: 'MEMBER', flexible: true }, { title: 'ROLE', flexible: true }]

/** What an admin may unless told. */
const USUAL_RIGHTS = ['changeInfo', 'deleteMessages', 'banUsers', 'inviteUsers', 'pinMessages']

/** Lists groups. */
export const list: Handler = async ({ out, propose, settings, signal, withPetrel }) => {
  const chats = (await withPetrel(async petrel => await petrel.listChats({ signal }))).filter(chat => chat.kind === 'group')
  await out.result({ chats }, () => chats.length === 0 ? [] : table(COLUMNS, chats.map(c => [oneLine(c.title), c.members === 0 ? 'out of it' : String(c.members), c.unread === 0 ? '' : String(c.unread)]), settings.columns))
  if (chats.length === 0) await out.note(`No groups. Make one with: ${propose('group create TITLE CONTACT…')}`)
  return undefined
}

/** Makes a group. */
export const create: Handler = async (context, input) => {
  const about = input.text('about')
  const members = [...input.rest('contact')]
  return await changed(context, async petrel => await petrel.createGroup(input.argument('title'), {
    signal: context.signal, ...about === undefined ? {} : { about }, ...members.length === 0 ? {} : { members }, ...input.flag('hide-history') ? { history: false } : {}
  }))
}

/** Shows one. */
export const show: Handler = async (context, input) => await print(context, await context.withPetrel(async petrel => await petrel.showGroup(input.argument('chat'), { signal: context.signal })))

/** Gives it another name. */
export const rename: Handler = async (context, input) => await changed(context, async petrel => await petrel.editGroup(input.argument('chat'), { title: input.argument('title') }, { signal: context.signal }))

/** Changes what members may; shows it when nothing is to change. */
export const permissions: Handler = async (context, input) => {
  const [slow, about, history] = [input.text('slow-mode'), input.text('about'), input.text('history')]
  const names = [...input.rest('may')]
  if (names.length === 0 && slow === undefined && about === undefined && history === undefined) return await showRules(context, input.argument('chat'))
  const edit = {
    ...names.length === 0 ? {} : { permissions: names }, ...about === undefined ? {} : { about }, ...history === undefined ? {} : { history: history === 'show' },
    ...slow === undefined ? {} : { slowMode: slow === 'off' ? 0 : Math.ceil(parseDuration(slow, '--slow-mode') / 1000) }
  }
  return await changed(context, async petrel => await petrel.editGroup(input.argument('chat'), edit, { signal: context.signal }))
}

/** Adds contacts. */
export const add: Handler = async (context, input) => await changed(context, async petrel => await petrel.addMembers(input.argument('chat'), [...input.rest('contact')], { signal: context.signal }))

/** Removes members. */
export const remove: Handler = async (context, input) => {
  const [ban, forMs] = [input.flag('ban'), input.number('for')]
  if (forMs !== undefined && !ban) throw badInput('--for is how long a ban holds: give --ban too')
  return await changed(context, async petrel => await petrel.removeMembers(input.argument('chat'), [...input.rest('member')], { signal: context.signal, ...ban ? { ban } : {}, ...forMs === undefined ? {} : { forMs } }))
}

/** Lets somebody who was banned be added again. */
export const unban: Handler = async (context, input) => await edited(context, input, { unban: true })

/** Makes an admin, or an owner. */
export const promote: Handler = async (context, input) => {
  const title = input.text('title')
  const names = [...input.texts('may')]
  if (input.flag('owner')) return await edited(context, input, { owner: true })
  return await edited(context, input, { rights: names.length > 0 ? names : USUAL_RIGHTS, ...title === undefined ? {} : { title } })
}

/** Makes an admin a member again. */
export const demote: Handler = async (context, input) => await edited(context, input, { rights: ['none'] })

/** Gives a member permissions of its own, or the group's again. */
export const restrict: Handler = async (context, input) => {
  const names = [...input.texts('may')]
  const forMs = input.number('for')
  return await edited(context, input, names.length === 0 ? { unrestrict: true } : { permissions: names, ...forMs === undefined ? {} : { forMs } })
}

/** Leaves. */
export const leave: Handler = async ({ out, signal, withPetrel }, input) => {
  await withPetrel(async petrel => { await petrel.leaveGroup(input.argument('chat'), { signal }) })
  await out.result({ left: input.argument('chat') }, () => [`You leave ${oneLine(input.argument('chat'))}: you are out once an admin's node has seen that`])
  return undefined
}

async function edited (context: Context, input: Input, edit: MemberEdit): Promise<number | undefined> {
  return await changed(context, async petrel => await petrel.editMember(input.argument('chat'), input.argument('member'), edit, { signal: context.signal }))
}

/** Makes a change, and shows the group after it. @throws DeadlineError when the log does not show it in time */
async function changed (context: Context, make: (petrel: Petrel) => Promise<GroupInfo>): Promise<number | undefined> {
  try {
    return await print(context, await context.withPetrel(make))
  } catch (error) {
    if (failureOf(error, context.signal).code !== DeadlineError.code) throw error
    throw new DeadlineError('out of time: the log does not show the change yet. Once this node has it, it goes on by itself; how many wait: petrel group show', { cause: error })
  }
}

/** What members may, and those who may something else. */
async function showRules (context: Context, chat: string): Promise<number | undefined> {
  const { io, out, signal, withPetrel } = context
  const group = await withPetrel(async petrel => await petrel.showGroup(chat, { signal }))
  await out.result({ group }, () => (group.role === null ? [outOf(group.chat.title)] : [rulesWords(group), ...group.members.flatMap(m => mayWords(m, io.now()))]).flatMap(foldedTo(context)))
  return undefined
}

function foldedTo ({ settings: { columns } }: Context): (line: string) => string[] { return line => columns === null ? [line] : wrap(line, columns) }

function outOf (title: string): string { return `${oneLine(title)}: you are not in it any more` }

function rulesWords ({ permissions: may, slowMode, history }: GroupInfo): string {
  return `Members may: ${may.join(', ') || 'nothing'}${slowMode === 0 ? '' : `; slow mode ${slowMode} s`}; newcomers ${history ? 'see' : 'do not see'} what was before`
}

async function print (context: Context, group: GroupInfo): Promise<number | undefined> {
  const { io, out, settings } = context
  const now = io.now()
  const folded = foldedTo(context)
  await out.result({ group }, () => group.role === null
    ? folded(outOf(group.chat.title))
    : [
        ...folded(`${oneLine(group.chat.title)}: ${group.chat.members} ${group.chat.members === 1 ? 'member' : 'members'}`),
        ...group.about === '' ? [] : folded(oneLine(group.about)),
        ...folded(rulesWords(group)),
        ...table(MEMBER_COLUMNS, group.members.map(m => [oneLine(m.name), roleWords(m)]), settings.columns),
        ...group.members.flatMap(m => mayWords(m, now)).flatMap(folded),
        ...group.banned.flatMap(b => folded(`Banned: ${oneLine(b.name)}${b.until === null ? '' : ` until ${shortTime(b.until, now)}`}`))
      ])
  for (const { name, error, waits } of group.notAdded) await out.note(`${oneLine(name)} is not in it${waits ? ' yet, and is added when its relay is reached' : ''}: ${oneLine(error?.message ?? '')}`)
  if (group.pending > 0) await out.note(`${group.pending} ${group.pending === 1 ? 'change of yours waits' : 'changes of yours wait'} for the log, and ${group.pending === 1 ? 'goes' : 'go'} by ${group.pending === 1 ? 'itself' : 'themselves'}`)
  return undefined
}

function roleWords ({ role, title, leaving }: GroupMember): string { return `${title === null ? role : `${role} (${oneLine(title)})`}${leaving ? ', leaving' : ''}` }

/** What somebody may who is neither the owner nor like all members: too long for a column. */
function mayWords ({ name, role, rights, permissions, ownPermissions, until }: GroupMember, now: Date): string[] {
  if (role !== 'admin' && !ownPermissions) return []
  const may = role === 'admin' ? rights : permissions
  return [`${oneLine(name)} may${until === null ? '' : ` until ${shortTime(until, now)}`}: ${may.join(', ') || 'nothing'}`]
}
