/** What a person is told when a look at a file did not go as they might think. */
import type { Note } from './types.js'

const TEXTS: Readonly<Record<Note, string>> = {
  'no-preview-library': 'it goes without a preview: the library that makes previews (sharp) is not installed; "npm install sharp" beside Petrel adds it',
  'not-a-photo': 'it goes as a file: it is no picture that everybody can show (JPEG, PNG, WebP, GIF and AVIF are)',
  'not-a-video': 'it goes as a file: it is no film',
  'not-audio': 'it goes as a file: it is no sound',
  'not-readable': 'it goes as a file: it is damaged',
  'too-large-for-preview': 'it goes without a preview: it is too large to make one',
  'metadata-kept': 'it keeps what it tells about where, when and with what it was made, as you asked',
  'metadata-unknown': 'what it tells about where, when and with what it was made stays in it: this kind of file cannot be cleaned'
}

/** A note for a person, as the end of a sentence that begins with the file's name. A later version's note is its own word. */
export function noteText (note: string): string { return Object.hasOwn(TEXTS, note) ? TEXTS[note as Note] : note }
