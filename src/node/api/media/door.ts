/** The door for players: HTTP on loopback, one address per file, each good for a while. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { BadInputError, ForbiddenError, LIMITS, NotFoundError, toPetrelError, UnavailableError } from '../../../protocol/api/index.js'
import type { Logger } from '../../../relay/index.js'
import { loopbackHosts } from '../gate.js'
import { refuseWebPages } from '../http/guard.js'
import { refuse } from '../http/refuse.js'
import { serveFile, type FileSource } from './serve-file.js'
import { Tickets, type MediaPlace } from './tickets.js'

/** What the door stands on. */
export interface MediaDoorParts {
  /** A file of a message. */
  readonly source: (place: MediaPlace) => FileSource
  readonly random: (bytes: number) => Uint8Array
  /** Milliseconds since 1970. */
  readonly now: () => number
  readonly log: Logger
}

/**
 * Listens only once somebody has asked for an address, and on 127.0.0.1 only. The token stands in the address, since a
 * player can send no header: whoever has the address has the file, until its time is over or the node stops.
 */
export class MediaDoor {
  readonly #parts: MediaDoorParts
  readonly #tickets: Tickets
  #listening: Promise<{ server: Server, port: number }> | undefined
  #closed = false

  constructor (parts: MediaDoorParts) {
    this.#parts = parts
    this.#tickets = new Tickets(parts)
  }

  /**
   * An address of a file. `name` is for the person who sees it in a player.
   *
   * @throws BadInputError for a time of less than a second or more than LIMITS.mediaUrlMaxMs
   * @throws UnavailableError when it cannot listen, or was closed
   */
  async url (place: MediaPlace, name: string | null, ttlMs: number = LIMITS.mediaUrlMs): Promise<{ url: string, expiresAt: Date }> {
    if (!(ttlMs >= 1000 && ttlMs <= LIMITS.mediaUrlMaxMs)) throw new BadInputError(`an address for a player is good for 1 second to ${LIMITS.mediaUrlMaxMs / 3_600_000} hours`)
    if (this.#closed) throw new UnavailableError('the node is stopping')
    this.#listening ??= this.#listen().catch((error: unknown) => {
      this.#listening = undefined
      throw error
    })
    const { port } = await this.#listening
    const { token, expires } = this.#tickets.issue(place, ttlMs)
    const shown = encodeURIComponent((name ?? '').toWellFormed()).replaceAll(/%(?:[01].|2F|5C|7F)/giu, '_').slice(0, 300)
    return { url: `http://127.0.0.1:${port}/media/${token}${shown === '' || /^\.+$/u.test(shown) ? '' : `/${shown}`}`, expiresAt: new Date(expires) }
  }

  /** Ends it with every answer under way. Harmless twice. */
  async close (): Promise<void> {
    this.#closed = true
    const listening = await this.#listening?.catch(() => undefined)
    if (listening === undefined) return
    const { server } = listening
    if (!server.listening) return
    const closed = once(server, 'close')
    server.close()
    server.closeAllConnections()
    await closed
  }

  async #listen (): Promise<{ server: Server, port: number }> {
    let port = 0
    const server = createServer({
      maxHeaderSize: LIMITS.apiHeaderBytes,
      headersTimeout: LIMITS.apiRequestMs,
      requestTimeout: LIMITS.apiRequestMs,
      keepAliveTimeout: LIMITS.apiIdleMs
    }, (request, response) => { void this.#answer(request, response, port) })
    server.maxConnections = LIMITS.mediaConnections
    try {
      server.listen({ host: '127.0.0.1', port: 0, exclusive: true })
      await once(server, 'listening')
    } catch (cause) {
      throw new UnavailableError('cannot listen on 127.0.0.1 for players', { cause })
    }
    const address = server.address()
    if (typeof address === 'object' && address !== null) ({ port } = address)
    return { server, port }
  }

  async #answer (request: IncomingMessage, response: ServerResponse, port: number): Promise<void> {
    try {
      refuseWebPages(request.headers, { hosts: loopbackHosts(port) })
      const token = /^\/media\/([A-Za-z0-9_-]{43})(?:\/[^/]*)?$/u.exec((request.url ?? '').split('?', 1)[0] ?? '')?.[1]
      if (token === undefined) throw new NotFoundError('there is nothing at this address')
      const place = this.#tickets.placeOf(token)
      if (place === null) throw new ForbiddenError('this address is no longer good: ask for a new one (petrel media url)')
      await serveFile(request, response, this.#parts.source(place))
    } catch (error) {
      const known = toPetrelError(error)
      this.#parts.log('debug', 'media.door', { code: known.code })
      if (!response.headersSent && !response.destroyed) refuse(response, known)
    }
  }
}
