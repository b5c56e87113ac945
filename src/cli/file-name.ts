/** A stranger's file name made one that any file system takes and nobody is fooled by. Pure. */

/** What file systems count to, less room for what a partial file's name adds. */
const MOST_BYTES = 200
/** The longest end that is taken for a file's kind, with its dot. */
const MOST_EXTENSION = 16

// What Windows takes for a device, with any extension. "Naming Files, Paths, and Namespaces", learn.microsoft.com.
const DEVICE = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(?=[. ]|$)/iu
// Controls, what is invisible or turns text around, line breaks, private and unassigned characters, halves of characters.
const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}\p{Cs}]/gu
const FORBIDDEN = /[<>:"|?*]/gu

/**
 * The last part of `name`, without what could lead elsewhere, hide, or mean something to a shell or a system; null when
 * nothing is left.
 *
 */
export function safeFileName (name: string): string | null {
  const last = name.normalize('NFC').split(/[/\\]/u).at(-1) ?? ''
  // Composed again: what was taken out may have kept two marks apart.
  const plain = last.replaceAll(HIDDEN, '').replaceAll(/\s+/gu, ' ').replaceAll(FORBIDDEN, '_').normalize('NFC')
  // Windows drops dots and blanks at the end, so that another name would be written than was checked.
  const trimmed = plain.replace(/^ +/u, '').replace(/[. ]+$/u, '')
  if (trimmed === '' || /^[._~ -]*$/u.test(trimmed)) return null
  // A first dot hides a file, a dash makes it an option, a tilde a home: each becomes visible and harmless.
  const shown = trimmed.replace(/^[.~-]/u, '_')
  return shortened(DEVICE.test(shown) ? `_${shown}` : shown)
}

/** At most {@link MOST_BYTES}, cut before the extension and between characters. */
function shortened (name: string): string {
  if (Buffer.byteLength(name) <= MOST_BYTES) return name
  const dot = name.lastIndexOf('.')
  const extension = dot > 0 && name.length - dot <= MOST_EXTENSION ? name.slice(dot) : ''
  let stem = ''
  for (const character of name.slice(0, name.length - extension.length)) {
    if (Buffer.byteLength(stem + character + extension) > MOST_BYTES) break
    stem += character
  }
  return stem.trimEnd() + extension
}

const EXTENSIONS: Readonly<Record<string, string>> = {
  'image/jpeg': '.jpg', 'image/png': '.png', 'image/webp': '.webp', 'image/gif': '.gif', 'image/avif': '.avif', 'image/heic': '.heic',
  'video/mp4': '.mp4', 'video/webm': '.webm', 'video/quicktime': '.mov', 'video/x-matroska': '.mkv',
  'audio/mpeg': '.mp3', 'audio/ogg': '.ogg', 'audio/mp4': '.m4a', 'audio/wav': '.wav', 'audio/flac': '.flac', 'application/pdf': '.pdf'
}

/** What a file is called here: its author's name made safe, or one made from what it is and when it came (`photo-2026-03-01-1405.jpg`). */
export function fileNameFor ({ name, as, type }: { readonly name: string | null, readonly as: string, readonly type: string | null }, at: Date): string {
  const safe = name === null ? null : safeFileName(name)
  if (safe !== null) return safe
  const when = at.toISOString().slice(0, 16).replace('T', '-').replace(':', '')
  const kind = /^[a-z]{1,16}$/u.test(as) ? as : 'file'
  return `${kind}-${when}${EXTENSIONS[type ?? ''] ?? ''}`
}
