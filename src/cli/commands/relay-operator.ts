/** `petrel relay …`: what an operator sees and decides. */
import type { Context } from '../context.js'
import { EXIT } from '../exit-codes.js'
import { badInput } from '../failure.js'
import type { Handler } from '../command.js'
import { oneLine } from '../terminal/safe-text.js'
import { facts, table } from '../terminal/table.js'
import { bytesText, relative, shortTime } from '../terminal/time.js'
import { checkLines } from './doctor.js'
import { relayDirectory } from './relay-directory.js'

const operatorOf = async ({ doors }: Context) => (await doors.relay()).operator

/** Shows what the running relay says of itself. */
export const status: Handler = async (context, input) => {
  const { io, out, signal } = context
  const found = await (await operatorOf(context)).status(await relayDirectory(context, input), { signal })
  const started = new Date(found.started)
  const { copied, quietUntil = 0 } = found.store
  const times = copied === undefined ? {} : { copied: new Date(copied), quietUntil: new Date(quietUntil) }
  await out.result({ relay: { ...found, started, store: { ...found.store, created: new Date(found.store.created), ...times } } }, () => facts([
    ['state', `${found.state}${found.reason === undefined ? '' : `: ${found.reason}`}`],
    ['peer', found.peerId],
    ...found.addresses.map((address): [string, string] => ['address', address]),
    ['health', found.healthUrl ?? 'off'],
    ['admission', found.admission],
    ['process', `${found.pid}, started ${relative(started, io.now())}`],
    ['channels', `${found.channels}, ${found.sessions} sessions`],
    ['hosts', `${found.accounts} accounts, ${found.logs} logs, ${bytesText(found.bytes)}`],
    ['files', `${found.media.leases} kept for accounts, ${bytesText(found.media.storedBytes)} in ${found.media.blocks} blocks, ${bytesText(found.media.diskBytes)} on the disk${found.media.uploads + found.media.coming === 0 ? '' : `; ${found.media.uploads} uploads open, ${found.media.coming} being fetched`}`],
    ...found.mirrors.logs === 0 ? [] : [['mirrors', `${found.mirrors.logs} logs of ${found.mirrors.homes} other homes, ${found.mirrors.connected} of them connected${found.mirrors.broken === 0 ? '' : `; the homes of ${found.mirrors.broken} logs were caught lying`}`] as [string, string]],
    ...found.moved + found.coming === 0 ? [] : [['elsewhere', `${found.moved} of the logs were moved to other relays, ${found.coming} are being brought here`] as [string, string]],
    ...found.store.behind === undefined || found.store.behind === 0 ? [] : [['restored', `the backup lacks entries of ${found.store.behind} logs: they take nothing more`] as [string, string]],
    ...quietUntil > io.now().getTime() ? [['quiet', `what came with the backup takes nothing new until ${shortTime(new Date(quietUntil), io.now())}, while people come back`] as [string, string]] : [],
    ['reports', found.reports === 0 ? 'none' : `${found.reports}: petrel relay reports`]
  ]))
  return undefined
}

/** Lists the open sessions. */
export const sessions: Handler = async (context, input) => {
  const { io, out, settings, signal } = context
  const found = await (await operatorOf(context)).sessions(await relayDirectory(context, input), { signal })
  const list = found.map(session => ({ ...session, opened: new Date(session.opened), expires: new Date(session.expires) }))
  const columns = [{ title: 'ACCOUNT', flexible: true }, { title: 'DEVICE', flexible: true }, { title: 'ROLE' }, { title: 'OPENED' }, { title: 'ENDS' }]
  const rows = list.map(s => [s.account, s.device, s.role, shortTime(s.opened, io.now()), relative(s.expires, io.now())])
  await out.result({ sessions: list }, () => rows.length === 0 ? [] : table(columns, rows, settings.columns))
  if (rows.length === 0) await out.note('No sessions.')
  return undefined
}

/** Takes a log or a file down, or ends that. */
export const takedown: Handler = async (context, input) => {
  const { out, signal } = context
  const [log, lift, operator] = [input.argument('log'), input.flag('lift'), await operatorOf(context)]
  const directory = await relayDirectory(context, input)
  if (lift) {
    await operator.liftTakedown(directory, log, { signal })
    await out.result({ lifted: log }, () => [`served again: ${oneLine(log)}`])
    return undefined
  }
  const reason = input.text('reason')
  if (reason === undefined || reason === '') throw badInput('say why, whoever uses the log is told: --reason TEXT')
  const done = await operator.takedown(directory, log, { reason }, { signal })
  await out.result({ takedown: { ...done, time: new Date(done.time) } }, () => [`taken down: ${oneLine(done.file ?? done.log ?? log)}`])
  return undefined
}

/** Lists what is taken down. */
export const listTakedowns: Handler = async (context, input) => {
  const { io, out, settings, signal } = context
  const found = await (await operatorOf(context)).listTakedowns(await relayDirectory(context, input), { signal })
  const list = found.map(takedown => ({ ...takedown, time: new Date(takedown.time) }))
  await out.result({ takedowns: list }, () => list.length === 0 ? [] : table([{ title: 'SINCE' }, { title: 'LOG OR FILE', whole: true }, { title: 'REASON', flexible: true }], list.map(t => [shortTime(t.time, io.now()), t.file ?? t.log ?? '', t.reason]), settings.columns))
  if (list.length === 0) await out.note('Nothing is taken down.')
  return undefined
}

/** Lists what people reported. The disclosed message is in the JSON only: it is bytes. */
export const listReports: Handler = async (context, input) => {
  const { io, out, settings, signal } = context
  const found = await (await operatorOf(context)).listReports(await relayDirectory(context, input), { signal })
  const list = found.map(report => ({ ...report, time: new Date(report.time) }))
  const columns = [{ title: 'ID', whole: true }, { title: 'WHEN' }, { title: 'LOG', whole: true }, { title: 'NUMBER' }, { title: 'NOTE', flexible: true }]
  await out.result({ reports: list }, () => list.length === 0 ? [] : table(columns, list.map(r => [r.id, shortTime(r.time, io.now()), r.log, String(r.seq), r.note]), settings.columns))
  if (list.length === 0) await out.note('No reports.')
  return undefined
}

/** Forgets a report. */
export const dropReport: Handler = async (context, input) => {
  const { out, signal } = context
  const report = input.argument('id')
  await (await operatorOf(context)).dropReport(await relayDirectory(context, input), report, { signal })
  await out.result({ dropped: report }, () => ['dropped'])
  return undefined
}

/** Checks the relay; the exit code is 1 when something is wrong. */
export const doctor: Handler = async (context, input) => {
  const { out, signal } = context
  const { ok, checks } = await (await operatorOf(context)).doctor(await relayDirectory(context, input), { signal })
  const findings = checks.map(({ check, ok: good, detail }) => ({ check, ok: good, message: detail }))
  await out.result({ ok, findings }, () => checkLines(findings))
  return ok ? EXIT.ok : EXIT.failure
}
