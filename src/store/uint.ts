/**
 * Numbers up to 2^53 - 1 as 8 bytes, big-endian. Two 32-bit halves: a DataView's own 64-bit
 * methods want a BigInt, which costs more than the rest of a record.
 */

/** Puts a number at an offset. */
export function setUint (view: DataView, at: number, value: number): void {
  view.setUint32(at, Math.floor(value / 0x1_0000_0000))
  view.setUint32(at + 4, value % 0x1_0000_0000)
}

/** Puts a number at an offset of bytes that have no view. */
export function putUint (bytes: Uint8Array, at: number, value: number): void {
  put32(bytes, at, Math.floor(value / 0x1_0000_0000))
  put32(bytes, at + 4, value % 0x1_0000_0000)
}

/** Puts a number below 2^32 as 4 bytes, big-endian. */
export function put32 (bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24
  bytes[at + 1] = value >>> 16
  bytes[at + 2] = value >>> 8
  bytes[at + 3] = value
}

/** The number at an offset; not a safe integer when the bytes hold more than 2^53 - 1. */
export function uintAt (view: DataView, at: number): number {
  return view.getUint32(at) * 0x1_0000_0000 + view.getUint32(at + 4)
}

/** The number in 4 bytes that have no view, big-endian. */
export function get32 (bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 24 | (bytes[at + 1] ?? 0) << 16 | (bytes[at + 2] ?? 0) << 8 | (bytes[at + 3] ?? 0)) >>> 0
}

/** Like {@link uintAt}, of bytes that have no view. */
export function getUint (bytes: Uint8Array, at: number): number { return get32(bytes, at) * 0x1_0000_0000 + get32(bytes, at + 4) }
