/**
 * Numbers up to 2^53 - 1 as 8 bytes, big-endian. Two 32-bit halves: a DataView's own 64-bit
 * methods want a BigInt, which costs more than the rest of a record.
 */

/** Puts a number at an offset. */
export function setUint (view: DataView, at: number, value: number): void {
  view.setUint32(at, Math.floor(value / 0x1_0000_0000))
  view.setUint32(at + 4, value % 0x1_0000_0000)
}

/** The number at an offset; not a safe integer when the bytes hold more than 2^53 - 1. */
export function uintAt (view: DataView, at: number): number {
  return view.getUint32(at) * 0x1_0000_0000 + view.getUint32(at + 4)
}
