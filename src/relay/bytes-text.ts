/** Bytes as a map key: one character per byte. For memory only, never shown. */
export function mapKey (bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
}

/** The bytes of a {@link mapKey}. */
export function bytesOfMapKey (text: string): Uint8Array { return new Uint8Array(Buffer.from(text, 'latin1')) }
