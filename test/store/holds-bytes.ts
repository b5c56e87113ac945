/** Whether a file of a level holds bytes: in one piece, or cut once, for the level's log cuts what goes over the end of a block of 32 KiB. */
export function holdsBytes (file: Buffer, bytes: Uint8Array): boolean {
  const half = bytes.length >> 1
  return [bytes.subarray(0, half), bytes.subarray(half)].some(part => file.includes(Buffer.from(part)))
}
