import { UnsupportedError } from '../../protocol/wire/index.js'

/** A home claimed by this process. */
export interface HomeClaim<T> {
  /** What `open` gave. */
  readonly value: T
  /** Removes the note of this process. Close `value` first. Harmless twice. */
  release (): Promise<void>
}

/**
 * Opens what only one process may have open (the store, whose own lock the kernel frees even after kill -9), and
 * leaves a note of this process beside it, so that a second one can be told who has it.
 *
 * @param open - throws LockedError when another process has it
 * @throws LockedError naming the other process's id when it is known (`details.pid`)
 */
export async function claimHome<T> (dir: string, open: () => Promise<T>): Promise<HomeClaim<T>> {
  await open()
  throw new UnsupportedError(`${dir} cannot be claimed yet`)
}
