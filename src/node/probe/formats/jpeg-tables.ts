/** Whether a JPEG segment is as long as what it says it holds (ITU-T T.81, B.2). */

const HUFFMAN = 0xc4
const ARITHMETIC = 0xcc
const SCAN = 0xda
const QUANTIZATION = 0xdb
const LINES = 0xdc
const RESTART = 0xdd

/** Whether its parts fill the segment to its last byte. @param body - what follows the length */
export function isExact (marker: number, body: Uint8Array): boolean {
  switch (marker) {
    case HUFFMAN: return isFilled(body, at => 17 + body.subarray(at + 1, at + 17).reduce((sum, count) => sum + count, 0))
    case QUANTIZATION: return isFilled(body, at => 1 + ((body[at] ?? 0) < 16 ? 64 : 128))
    case ARITHMETIC: return isFilled(body, () => 2)
    case LINES: case RESTART: return body.length === 2
    case SCAN: return body.length === 4 + 2 * (body[0] ?? 0)
    // What is left are frames.
    default: return body.length === 6 + 3 * (body[5] ?? 0)
  }
}

/** Whether tables, each as long as it says at its start, fill the segment to its last byte. */
function isFilled (body: Uint8Array, lengthAt: (at: number) => number): boolean {
  let at = 0
  while (at < body.length) at += lengthAt(at)
  return at === body.length && at > 0
}
