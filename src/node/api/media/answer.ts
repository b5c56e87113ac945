/** The head of the answer to a request for a file. RFC 9110 sections 13 and 14. Pure. */
import { contentHeaders } from './content.js'
import { wantedRange, type Stretch } from './range.js'

/** What is known of a file before any byte of it. */
export interface ServedFile {
  /** Bytes of the plaintext. */
  readonly size: number
  /** Names these very bytes: two files never share one. */
  readonly tag: string
  /** What the sender says it is. */
  readonly type: string | null
  /** What the sender calls it. */
  readonly name: string | null
}

/** What decides about the answer, as Node gives it. */
export interface FileRequest {
  readonly method: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
}

/** The answer. Without `body` there is none. */
export interface FileAnswer {
  readonly status: 200 | 206 | 304 | 405 | 412 | 416
  readonly headers: Readonly<Record<string, string>>
  readonly body: Stretch | null
}

/** What a request for a file is answered with. The conditions count in the order of section 13.2.2. */
export function answerTo ({ method, headers }: FileRequest, file: ServedFile): FileAnswer {
  const etag = `"${file.tag}"`
  if (method !== 'GET' && method !== 'HEAD') return bare(405, { allow: 'GET, HEAD' })
  const ifMatch = one(headers['if-match'])
  if (ifMatch !== undefined && !lists(ifMatch, etag, true)) return bare(412, { etag })
  const ifNone = one(headers['if-none-match'])
  // There is no content to speak of then, so its length is not told either.
  if (ifNone !== undefined && lists(ifNone, etag, false)) return { status: 304, headers: { ...SHARED, etag }, body: null }
  // A HEAD request has no ranges (section 14.2).
  const range = method === 'GET' && mayHaveParts(one(headers['if-range']), etag) ? wantedRange(one(headers.range), file.size) : { kind: 'whole' } as const
  const head = { ...SHARED, etag, 'accept-ranges': 'bytes', ...contentHeaders(file) }
  if (range.kind === 'none') return bare(416, { etag, 'content-range': `bytes */${file.size}` })
  if (range.kind === 'whole') return { status: 200, headers: { ...head, 'content-length': String(file.size) }, body: method === 'GET' ? { start: 0, end: file.size } : null }
  const { start, end } = range
  return {
    status: 206,
    headers: { ...head, 'content-length': String(end - start), 'content-range': `bytes ${start}-${end - 1}/${file.size}` },
    body: { start, end }
  }
}

/** Nobody may keep what somebody was sent in confidence, nor let a page embed it. */
const SHARED = { 'cache-control': 'private, no-store', 'cross-origin-resource-policy': 'same-origin', 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' }

function bare (status: 405 | 412 | 416, headers: Record<string, string>): FileAnswer {
  return { status, headers: { ...SHARED, ...headers, 'content-length': '0' }, body: null }
}

function one (header: string | string[] | undefined): string | undefined { return Array.isArray(header) ? header.join(', ') : header }

/** Whether a list of entity tags has ours. A weak one (`W/`) is not enough where bytes are to be put together. */
function lists (header: string, etag: string, strong: boolean): boolean {
  return header.trim() === '*' || header.split(',').map(tag => tag.trim()).some(tag => tag === etag || (!strong && tag === `W/${etag}`))
}

/** If-Range: parts are right only for who has the same bytes already. A date never fits: files here have none. */
function mayHaveParts (ifRange: string | undefined, etag: string): boolean { return ifRange === undefined || ifRange.trim() === etag }
