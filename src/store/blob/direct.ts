/**
 * Files past the system's cache. Blocks are large, sealed, and most of them are read once, if at all: in the cache they
 * stand in the place of what is read again. And a page of it must be found first, which in a virtual machine is often one
 * that the host has to give back: measured there, 1 MiB written and synced takes 0.6 to 2 ms of processor time through the
 * cache and 0.1 past it; read for the first time 1.4 to 2 ms, and 0.15.
 */
import { constants, type FileHandle } from 'node:fs/promises'

/** What places in the file, lengths and addresses of memory must be multiples of: no disk has larger sectors. */
export const SECTOR_BYTES = 4096
/** The part of the engine's that is used here; the language's own types have it for browsers only. */
declare const WebAssembly: { readonly Memory: new (size: { readonly initial: number }) => { readonly buffer: ArrayBuffer } }
/** A page of a WebAssembly memory. */
const WASM_PAGE_BYTES = 64 * 1024

/** Whether a directory's file system takes such files; whoever finds that it does not says so. */
export class Direct {
  /** How such a file is opened beside all else; 0 when it is not. */
  flag: number = 'O_DIRECT' in constants ? constants.O_DIRECT : 0

  /** Whether an error is this file system's, or this system's, no. From then on files are read and written as ever. */
  isRefusal (error: unknown): boolean {
    if (!(error instanceof Error && 'code' in error && (error.code === 'EINVAL' || error.code === 'EOPNOTSUPP'))) return false
    this.flag = 0
    return true
  }
}

/** The last multiple of a sector that is not behind a place. */
export function sectorBefore (at: number): number { return at - at % SECTOR_BYTES }

/** The first one that is not before it. */
export function sectorBehind (at: number): number { return sectorBefore(at + SECTOR_BYTES - 1) }

/** Writes sectors at a place of the file. @throws the file system's error */
export async function writeSectors (handle: FileHandle, bytes: Uint8Array, at: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await handle.writev([bytes.subarray(done)], at + done)
    // A disk that is nearly full takes a part. The rest is tried once more, so that it says why.
    const whole = sectorBefore(bytesWritten)
    if (whole === 0) throw new Error('the disk took no bytes')
    done += whole
  }
}

/** Fills sectors from a place of the file on; how many bytes of them: less than all where the file ends. @throws the file system's error */
export async function readSectors (handle: FileHandle, out: Uint8Array, at: number): Promise<number> {
  for (let done = 0; ;) {
    const { bytesRead } = await handle.read(out, done, out.length - done, at + done)
    done += bytesRead
    if (bytesRead === 0 || done === out.length || done % SECTOR_BYTES !== 0) return done
  }
}

/** Some pieces of memory that begin at a multiple of a sector, each used by one at a time. The first one who asks has them made. */
export class SectorMemory {
  readonly #bytes: number
  readonly #count: number
  #free: Uint8Array[] | undefined
  readonly #waiting: Array<(piece: Uint8Array) => void> = []

  /** `bytes` of each, a multiple of a sector. */
  constructor (bytes: number, count: number) {
    this.#bytes = bytes
    this.#count = count
  }

  /** A piece with anything in it, once one is free; undefined when the system has no memory for them. */
  async take (): Promise<Uint8Array | undefined> {
    try {
      this.#free ??= this.#make()
    } catch (error) {
      if (error instanceof RangeError) return undefined
      throw error
    }
    const piece = this.#free.pop()
    if (piece !== undefined) return piece
    const { promise, resolve } = Promise.withResolvers<Uint8Array>()
    this.#waiting.push(resolve)
    return await promise
  }

  /** Gives one back. */
  give (piece: Uint8Array): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#free?.push(piece)
    else next(piece)
  }

  /** Of WebAssembly: of no other memory JavaScript knows where it begins, and this one's pages are only taken when they are written to. */
  #make (): Uint8Array[] {
    const { buffer } = new WebAssembly.Memory({ initial: Math.ceil(this.#bytes * this.#count / WASM_PAGE_BYTES) })
    return Array.from({ length: this.#count }, (_, i) => new Uint8Array(buffer, i * this.#bytes, this.#bytes))
  }
}
