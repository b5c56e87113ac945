/** The other layers as the commands reach them: loaded when a command needs them, and replaced by tests. */
import type { HomePaths, PathsInput } from '../node/client/index.js'
import type { Tty } from './chat/index.js'
import type { Petrel } from '../protocol/api/index.js'

const nodeClient = () => import('../node/client/index.js')
const relay = () => import('../relay/index.js')
const node = () => import('../node/index.js')
const probe = () => import('../node/probe/index.js')
const wire = () => import('../protocol/wire/index.js')

/** What runs a relay and what its operator does. */
export type RelayDoor = Pick<Awaited<ReturnType<typeof relay>>, 'createRelay' | 'operator'>
/** What makes homes, backs them up, and runs a node. */
export type NodeDoor = Pick<Awaited<ReturnType<typeof node>>, 'createHome' | 'linkHome' | 'unlockKindOf' | 'homeHolder' | 'readConfig' | 'runDaemon' | 'saveBackup' | 'verifyBackup' | 'restoreBackup' | 'recoverHome' | 'cardOfWords' | 'unlockOfWords'>

/** What looks at pictures of others. */
export type ProbeDoor = Pick<Awaited<ReturnType<typeof probe>>, 'createProber' | 'checkThumb'>

/** A terminal's keys, or the lines of whatever standard input is. */
export interface TerminalDoor { readonly tty: Tty, readonly lines: (signal: AbortSignal) => AsyncIterable<string> }

/** A daemon's process as `daemon start` sees it. */
export interface DaemonProcess {
  readonly pid: number
  /** Resolves when it ends: with words about that, and its exit code if it had one. */
  readonly ended: Promise<{ readonly words: string, readonly code: number | null }>
  /** Lets it live on without us. */
  release (): void
}

/** How to start a daemon of its own. */
export interface LaunchOptions {
  /** The arguments after `petrel`. */
  readonly arguments: readonly string[]
  /** What it reads on stdin: a passphrase, or nothing. */
  readonly input: string
  /** The file that takes what it prints. */
  readonly output: string
}

/** Everything a command reaches beyond its own process. */
export interface Doors {
  paths (input: PathsInput): Promise<HomePaths>
  /** @throws NotRunningError when no daemon runs for the home */
  connect (paths: HomePaths, options: { signal: AbortSignal }): Promise<Petrel>
  relay (): Promise<RelayDoor>
  node (): Promise<NodeDoor>
  probe (): Promise<ProbeDoor>
  /** A tagged key as PeerId text. */
  peerIdText (key: Uint8Array): Promise<string>
  launch (options: LaunchOptions): Promise<DaemonProcess>
  /** The terminal behind this process: its keys, and lines of standard input. */
  terminal (): Promise<TerminalDoor>
  /** What a note about a file that was taken in means, in words. */
  noteText (note: string): Promise<string>
}

/** The real ones. */
export const realDoors: Doors = {
  paths: async input => (await nodeClient()).homePaths(input),
  connect: async (paths, { signal }) => await (await nodeClient()).connect({ paths, signal }),
  relay,
  node,
  probe,
  peerIdText: async key => (await wire()).peerIdText(key),
  launch: async options => await (await import('./launch.js')).launch(options),
  terminal: async () => {
    const { inputLines, processTty } = await import('./chat/index.js')
    return { tty: processTty(), lines: inputLines }
  },
  noteText: async note => (await import('../node/probe/index.js')).noteText(note)
}
