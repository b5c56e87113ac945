/** What every command is handed. */
import { environmentFor, socketSetting, type HomePaths } from '../node/client/index.js'
import { NotRunningError, type Petrel } from '../protocol/api/index.js'
import type { Countdown } from './countdown.js'
import type { Doors } from './doors.js'
import type { Io } from './io.js'
import { codeOf } from './failure.js'
import { homeFlags, homeIsThere } from './home.js'
import { outputOf, type Output } from './output.js'
import type { Settings } from './settings.js'

/** The surroundings of one command's run. */
export interface Context {
  readonly io: Io
  readonly settings: Settings
  readonly out: Output
  readonly doors: Doors
  /** Ends the command: an interruption or the timeout. */
  readonly signal: AbortSignal
  /** Where this identity's things are. @throws BadInputError for a home or profile that cannot be */
  readonly paths: () => Promise<HomePaths>
  /** Everything on standard input, or what comes before it is `until`. What writes it may take long: unless the person gave a --timeout, that costs the command none of its time. */
  readonly readInput: (limitBytes: number, until?: string) => Promise<Uint8Array>
  /** A command to propose to the person, with the flags that name this home: `petrel --profile work daemon start`. */
  readonly propose: (words: string) => string
  /** Uses the daemon, and hangs up afterwards. @throws NotRunningError */
  readonly withPetrel: <T>(use: (petrel: Petrel) => Promise<T>) => Promise<T>
}

/** The context of one run. `time`: how long it may take, which ends `signal`. */
export function contextOf (io: Io, settings: Settings, doors: Doors, { signal, time }: { readonly signal: AbortSignal, readonly time: Countdown | undefined }): Context {
  const paths = async (): Promise<HomePaths> => {
    const found = await doors.paths({ env: io.env, platform: io.platform, userHome: io.userHome, home: settings.home, profile: settings.profile })
    return { ...found, socket: await socketSetting(found.config, environmentFor(io.env, settings)) ?? found.socket }
  }
  return {
    io,
    settings,
    out: outputOf(io, settings),
    doors,
    signal,
    paths,
    readInput: async (limitBytes, until) => {
      const read = async (): Promise<Uint8Array> => await io.readInput(limitBytes, { signal, ...until === undefined ? {} : { until } })
      return await (time === undefined || settings.timeoutIsSaid ? read() : time.without(read))
    },
    propose: words => `petrel${homeFlags(settings)} ${words}`,
    withPetrel: async use => {
      const petrel = await connected(doors, await paths(), settings, signal)
      try {
        return await use(petrel)
      } finally {
        await petrel.close()
      }
    }
  }
}

/** The daemon, or an error that says what to type. */
async function connected (doors: Doors, paths: HomePaths, settings: Settings, signal: AbortSignal): Promise<Petrel> {
  try {
    return await doors.connect(paths, { signal })
  } catch (error) {
    if (codeOf(error) !== 'ERR_NOT_RUNNING') throw error
    const there = await homeIsThere(paths.home)
    const say = there ? `no daemon runs for ${paths.home}: start it with` : `there is no identity in ${paths.home}: make one with`
    throw new NotRunningError(`${say} petrel${homeFlags(settings)} ${there ? 'daemon start' : 'init'}`, { cause: error, details: { home: paths.home, initialised: there } })
  }
}
