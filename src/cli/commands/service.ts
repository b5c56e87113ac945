/** `petrel service install`. */
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ExistsError, UnsupportedError } from '../../protocol/api/index.js'
import type { Context } from '../context.js'
import { badInput, codeOf } from '../failure.js'
import type { Input } from '../input.js'
import type { Handler } from '../command.js'
import { absolute } from '../settings.js'
import { LEAN_FLAGS, RELAY_FLAGS } from '../lean.js'
import { packageFile } from '../package-root.js'
import type { ServiceFile, ServicePlan } from './service-plan.js'
import { launchdFile } from './service-launchd.js'
import { systemdFile } from './service-systemd.js'

const START = fileURLToPath(packageFile('bin/petrel.js'))

function planOf (context: Context, input: Input): ServicePlan {
  const { io, settings } = context
  const relay = input.flag('relay')
  const credential = input.text('credential')
  if (relay && credential !== undefined) throw badInput('a relay has no keystore to open: leave --credential out')
  const listen = input.texts('listen').flatMap(address => ['--listen', address])
  return {
    user: input.flag('user'),
    relay,
    program: [process.execPath, ...(relay ? RELAY_FLAGS : LEAN_FLAGS), START],
    arguments: [...(settings.profile === undefined ? [] : ['--profile', settings.profile]), ...(relay ? ['relay', 'run'] : ['daemon', 'run']), ...listen, ...(credential === undefined ? [] : ['--credential', 'petrel'])],
    profile: settings.profile ?? null,
    home: settings.home ?? null,
    runAs: input.text('run-as') ?? 'petrel',
    credential: credential === undefined ? null : absolute(credential, io),
    userHome: io.userHome,
    configHome: io.env.XDG_CONFIG_HOME?.startsWith('/') === true ? io.env.XDG_CONFIG_HOME : `${io.userHome}/.config`
  }
}

function fileOf (plan: ServicePlan, platform: string): ServiceFile {
  if (platform === 'linux') return systemdFile(plan)
  if (platform === 'darwin') return launchdFile(plan)
  throw new UnsupportedError('services are written for systemd and launchd only: let your system run `petrel daemon run`')
}

/** Writes the file, never over another one with other contents. */
async function write (file: ServiceFile): Promise<void> {
  try {
    await mkdir(dirname(file.path), { recursive: true })
    await writeFile(file.path, file.text, { flag: 'wx', mode: 0o644 })
  } catch (error) {
    if (codeOf(error) === 'EEXIST') throw new ExistsError(`${file.path} is there already: look at it, and remove it to write it anew`)
    if (codeOf(error) === 'EACCES') throw badInput(`writing ${file.path} needs root: use sudo, or --user for a service of your own`)
    throw error
  }
}

/** Writes the unit, or with --dry-run prints it. */
export const install: Handler = async (context, input) => {
  const { io, out } = context
  const file = fileOf(planOf(context, input), io.platform)
  const written = !input.flag('dry-run')
  if (written) await write(file)
  const { path, text, next } = file
  await out.result({ service: { path, text, next, written } }, () => written ? [`wrote ${path}`, ...next.map(line => `  ${line}`)] : text.trimEnd().split('\n'))
  if (!written) await out.note(`This would be ${path}`)
  return undefined
}
