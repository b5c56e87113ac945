/** Media types by a name's ending, for what the first bytes do not tell: a label, nothing is run or opened by it. */

const BY_ENDING: Readonly<Record<string, string>> = {
  txt: 'text/plain', log: 'text/plain', md: 'text/markdown', csv: 'text/csv', html: 'text/html', css: 'text/css', js: 'text/javascript', json: 'application/json',
  xml: 'application/xml', svg: 'image/svg+xml', ics: 'text/calendar', vcf: 'text/vcard', pdf: 'application/pdf', zip: 'application/zip', gz: 'application/gzip',
  xz: 'application/x-xz', '7z': 'application/x-7z-compressed', tar: 'application/x-tar', epub: 'application/epub+zip', apk: 'application/vnd.android.package-archive',
  docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document', xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  pptx: 'application/vnd.openxmlformats-officedocument.presentationml.presentation', odt: 'application/vnd.oasis.opendocument.text', ods: 'application/vnd.oasis.opendocument.spreadsheet'
}

const MEDIA_TYPE = /^(application|font|message|model|multipart|text)\/[a-z0-9][a-z0-9!#$&^_.+-]{0,62}$/

/**
 * What a file is labelled as: what its bytes say, and where they say nothing (or only that it is an archive) what
 * the sender claims or its name ends with; undefined where nobody says. A claim to be a picture, a film or a sound counts only by bytes.
 */
export function fileType (sniffed: string | undefined, name: string | undefined, claimed: string | undefined): string | undefined {
  const named = BY_ENDING[/\.([a-z0-9]{1,5})$/i.exec(name ?? '')?.[1]?.toLowerCase() ?? '']
  if (sniffed === 'application/zip') return named ?? sniffed
  if (sniffed !== undefined) return sniffed
  if (claimed !== undefined && MEDIA_TYPE.test(claimed)) return claimed
  return named
}
