/** Ids and keys are shorter. Theirs are copied here: to ask for the memory of so few bytes takes twice as long. */
const scratch = Buffer.alloc(64)

/** Bytes as a map key: one character per byte. For memory only, never shown. */
export function mapKey (bytes: Uint8Array): string {
  if (bytes.length <= scratch.length) {
    scratch.set(bytes)
    return scratch.toString('latin1', 0, bytes.length)
  }
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
}

/** The bytes of a {@link mapKey}. */
export function bytesOfMapKey (text: string): Uint8Array { return new Uint8Array(Buffer.from(text, 'latin1')) }
