/** As much of XMPP as a benchmark needs: a stream with a name and a password, messages, and acknowledgements of the server (XEP-0198). */
import type { Socket } from 'node:net'
import { open } from './connection.js'
import { TickWrites } from './tick-writes.js'

const DOMAIN = 'localhost'

/** A client with one connection. */
export class XmppClient {
  readonly #socket: Socket
  readonly #writes: TickWrites
  readonly #name: string
  readonly #onMessage: (body: string) => void
  #text = ''
  /** What the next piece of the talk must have in it, and who waits for it. */
  #expected: { readonly what: string, readonly resolve: () => void, readonly reject: (error: Error) => void } | undefined
  #sent = 0
  #acknowledged = 0
  /** How many messages came. Other stanzas are not counted: to acknowledge a few too few is allowed. */
  #received = 0
  readonly #open: Array<() => void> = []

  private constructor (socket: Socket, name: string, onMessage: (body: string) => void) {
    this.#socket = socket
    this.#writes = new TickWrites(socket)
    this.#name = name
    this.#onMessage = onMessage
    socket.setEncoding('utf8')
    socket.on('data', (data: string) => { this.#take(data) })
  }

  /** Comes in with a name and its password. Throws when the server ends the connection meanwhile; afterwards that ends the benchmark. */
  static async connect (port: number, name: string, password: string, onMessage: (body: string) => void = () => undefined): Promise<XmppClient> {
    const socket = await open(port, 'the XMPP server', () => { client.#ended() })
    const client = new XmppClient(socket, name, onMessage)
    const stream = `<?xml version='1.0'?><stream:stream to='${DOMAIN}' version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>`
    await client.#ask(stream, '</stream:features>')
    await client.#ask(`<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>${Buffer.from(`\0${name}\0${password}`).toString('base64')}</auth>`, '<success')
    await client.#ask(stream, '</stream:features>')
    await client.#ask('<iq type="set" id="b"><bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"/></iq>', '</iq>')
    await client.#ask('<enable xmlns="urn:xmpp:sm:3"/>', '<enabled')
    socket.write('<presence/>')
    return client
  }

  /** Sends; resolves when the server has acknowledged it. */
  async send (to: string, body: string): Promise<void> {
    this.#sent++
    await new Promise<void>(resolve => {
      this.#open.push(resolve)
      this.#writes.write(Buffer.from(`<message type="chat" to="${to}@${DOMAIN}" id="${this.#name}${this.#sent}"><body>${body}</body></message><r xmlns="urn:xmpp:sm:3"/>`))
    })
  }

  end (): void { this.#socket.destroy() }

  async #ask (text: string, what: string): Promise<void> {
    const answered = new Promise<void>((resolve, reject) => { this.#expected = { what, resolve, reject } })
    this.#socket.write(text)
    await answered
  }

  #ended (): void {
    const error = new Error(`the XMPP server ended a connection; its last words: ${this.#text.slice(-500)}`)
    if (this.#expected === undefined) throw error
    this.#expected.reject(error)
  }

  #take (data: string): void {
    this.#text += data
    if (this.#expected !== undefined) {
      if (!this.#text.includes(this.#expected.what)) return
      const { resolve } = this.#expected
      this.#expected = undefined
      this.#text = ''
      resolve()
      return
    }
    let end = 0
    for (const { 0: whole, 1: acknowledged, 2: body, index } of this.#text.matchAll(/<a [^>]*h=['"](\d+)['"][^>]*\/>|<message [^>]*>.*?<body>(.*?)<\/body>.*?<\/message>|<r [^>]*\/>/gs)) {
      end = index + whole.length
      if (acknowledged !== undefined) while (this.#acknowledged < Number(acknowledged)) this.#next()
      else if (body !== undefined) {
        this.#received++
        this.#onMessage(body)
      } else this.#writes.write(Buffer.from(`<a xmlns="urn:xmpp:sm:3" h="${this.#received}"/>`))
    }
    this.#text = this.#text.slice(end)
  }

  #next (): void {
    this.#acknowledged++
    this.#open.shift()?.()
  }
}
