/** Bytes as the key of a map. */

// A longer one is read faster by the platform.
const SHORT_BYTES = 64

/**
 * A text that stands for these bytes alone: a unit for each. Ids and keys lie inside the JavaScript heap until something
 * asks for the buffer behind them, which Node's own ways do: that costs five times this, and a piece of memory to collect.
 */
export function bytesName (bytes: Uint8Array): string {
  if (bytes.length > SHORT_BYTES) return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
  return Reflect.apply(String.fromCharCode, null, bytes) as string
}
