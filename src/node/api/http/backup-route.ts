/** A backup over HTTP: `POST /backup` with what is wanted as JSON, and the file's bytes as the answer. */
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { constants, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2'
import { AbortedError, BadInputError, backupParamsFromJson, TooLargeError, UnavailableError, type BackupParams } from '../../../protocol/api/index.js'
import { shownError } from '../calls.js'
import { admit, whileAdmitted } from '../gate.js'
import type { ServiceContext } from './entry.js'
import { bearerToken } from './guard.js'
import { refuse } from './refuse.js'

type Request = IncomingMessage | Http2ServerRequest
type Response = ServerResponse | Http2ServerResponse

/** Whether a path is about backups. */
export function isBackupPath (path: string): boolean { return path === '/backup' }

/** Answers with a backup, or with an error where that is the answer. Never throws. */
export async function answerBackup (request: Request, response: Response, context: ServiceContext): Promise<void> {
  const { petrel, gate, log, draining, limits } = context
  const gone = new AbortController()
  response.once('close', () => { gone.abort(new AbortedError('the client is gone')) })
  try {
    if (draining.aborted) throw new UnavailableError('the daemon is stopping')
    const token = bearerToken(request.headers.authorization)
    admit(gate, token, 'backup')
    if (request.method !== 'POST') throw new BadInputError('a backup is asked for by POST')
    const signal = AbortSignal.any([gone.signal, draining])
    const wanted = await paramsOf(request, limits.apiBodyBytes)
    for await (const bytes of whileAdmitted(gate, token, 'backup', petrel.backup({ ...wanted, signal }))) {
      if (!response.headersSent) {
        response.setHeader('content-type', 'application/octet-stream')
        response.setHeader('x-content-type-options', 'nosniff')
        response.statusCode = 200
      }
      // Both kinds of response take bytes; their union's overloads do not show it.
      if (!(response as ServerResponse).write(bytes)) await once(response, 'drain', { signal })
    }
    response.end()
  } catch (error) {
    const stopping = draining.aborted && !gone.signal.aborted
    const shown = shownError(stopping ? new UnavailableError('the daemon is stopping') : error, 'backup', log)
    if (!response.headersSent && !response.destroyed) refuse(response, shown)
    else cut(response)
  }
}

async function paramsOf (request: Request, limit: number): Promise<BackupParams> {
  const pieces: Buffer[] = []
  let size = 0
  try {
    for await (const piece of request as AsyncIterable<Buffer>) {
      size += piece.length
      if (size > limit) throw new TooLargeError(`what is wanted takes over ${limit} bytes`)
      pieces.push(piece)
    }
  } catch (error) {
    throw error instanceof TooLargeError ? error : new AbortedError('the client is gone', { cause: error })
  }
  let json: unknown
  try {
    json = JSON.parse(Buffer.concat(pieces).toString('utf8'))
  } catch (cause) {
    throw new BadInputError('what is wanted is no JSON', { cause })
  }
  return backupParamsFromJson(json)
}

/** An answer that ends early must not be taken for a whole one. */
function cut (response: Response): void {
  if ('stream' in response) response.stream.close(constants.NGHTTP2_INTERNAL_ERROR)
  else response.destroy()
}
