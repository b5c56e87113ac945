/** Texts that another wrote, made to fit. */

/** The text, or as much of its start as takes at most `maxBytes` bytes of UTF-8; never half a character. */
export function cutText (text: string, maxBytes: number): string {
  const bytes = Buffer.from(text)
  if (bytes.length <= maxBytes) return text.toWellFormed()
  // stream: true leaves out the half character that the cut may make.
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes.subarray(0, maxBytes), { stream: true })
}
