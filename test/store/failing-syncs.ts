import { open, type FileHandle } from 'node:fs/promises'
import { ioError } from './faulty-level.js'

/** Runs with syncs of directories, or of files, that fail, if `fails` says so of the one of this number, counted from 1. `folder`: any that is there. */
export async function withFailingSyncs<T> (folder: string, fails: (nth: number) => boolean, run: () => Promise<T>, of: 'directories' | 'files' = 'directories'): Promise<T> {
  const probe = await open(folder)
  const handles = Object.getPrototypeOf(probe) as FileHandle
  await probe.close()
  const sync = Object.getOwnPropertyDescriptor(handles, 'sync')!
  let seen = 0
  const failing = async function (this: FileHandle): Promise<void> {
    if ((await this.stat()).isDirectory() === (of === 'directories') && fails(++seen)) throw ioError('EIO', 'Input/output error')
    await (sync.value as FileHandle['sync']).call(this)
  }
  Object.defineProperty(handles, 'sync', { ...sync, value: failing })
  try {
    return await run()
  } finally {
    Object.defineProperty(handles, 'sync', sync)
  }
}
