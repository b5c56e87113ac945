/** As much of MQTT 3.1.1 as a benchmark needs: connect, subscribe, and publish at QoS 1 both ways. */
import type { Socket } from 'node:net'
import { open } from './connection.js'
import { TickWrites } from './tick-writes.js'

const TYPE = { connect: 0x10, connack: 0x20, publish: 0x32, puback: 0x40, subscribe: 0x82, suback: 0x90 } as const
const TOPIC = Buffer.from('t')
/** Numbers of packets, of two bytes and never 0. */
const NUMBERS = 65_535

function text (bytes: Buffer): Buffer { return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 0xff]), bytes]) }

function packet (type: number, body: Buffer): Buffer {
  const head = [type]
  let left = body.length
  do {
    head.push((left & 0x7f) | (left > 0x7f ? 0x80 : 0))
    left >>= 7
  } while (left > 0)
  return Buffer.concat([Buffer.from(head), body])
}

/** A client with one connection. */
export class MqttClient {
  readonly #socket: Socket
  readonly #writes: TickWrites
  readonly #onMessage: (payload: Buffer) => void
  readonly #open = new Map<number, () => void>()
  #answered: () => void = () => undefined
  #rest = Buffer.alloc(0)
  #number = 0

  private constructor (socket: Socket, onMessage: (payload: Buffer) => void) {
    this.#socket = socket
    this.#writes = new TickWrites(socket)
    this.#onMessage = onMessage
    socket.on('data', (data: Buffer) => { this.#take(data) })
  }

  /** Connects under a name; a name that was there before gets its session back. */
  static async connect (port: number, name: string, onMessage: (payload: Buffer) => void = () => undefined): Promise<MqttClient> {
    const socket = await open(port, 'Mosquitto')
    const client = new MqttClient(socket, onMessage)
    const answered = new Promise<void>(resolve => { client.#answered = resolve })
    // Level 4, a session that stays, no time limit.
    socket.write(packet(TYPE.connect, Buffer.concat([text(Buffer.from('MQTT')), Buffer.from([4, 0, 0, 0]), text(Buffer.from(name))])))
    await answered
    return client
  }

  /** Hears of everything that is published. */
  async subscribe (): Promise<void> {
    const answered = new Promise<void>(resolve => { this.#answered = resolve })
    this.#socket.write(packet(TYPE.subscribe, Buffer.concat([Buffer.from([0, 1]), text(TOPIC), Buffer.from([1])])))
    await answered
  }

  /** Publishes; resolves when the broker has acknowledged it. */
  async publish (payload: Buffer): Promise<void> {
    this.#number = this.#number % NUMBERS + 1
    const number = this.#number
    await new Promise<void>(resolve => {
      this.#open.set(number, resolve)
      this.#writes.write(packet(TYPE.publish, Buffer.concat([text(TOPIC), Buffer.from([number >> 8, number & 0xff]), payload])))
    })
  }

  end (): void { this.#socket.destroy() }

  #take (data: Buffer): void {
    const all = this.#rest.length === 0 ? data : Buffer.concat([this.#rest, data])
    let at = 0
    for (;;) {
      let [length, shift, head] = [0, 0, at + 1]
      let byte = 0x80
      while ((byte & 0x80) !== 0 && head < all.length) {
        byte = all[head++] ?? 0
        length |= (byte & 0x7f) << shift
        shift += 7
      }
      if ((byte & 0x80) !== 0 || head + length > all.length) break
      this.#packet(all[at] ?? 0, all.subarray(head, head + length))
      at = head + length
    }
    this.#rest = Buffer.from(all.subarray(at))
  }

  #packet (type: number, body: Buffer): void {
    if (type === TYPE.connack || type === TYPE.suback) this.#answered()
    else if (type === TYPE.puback) {
      const number = body.readUInt16BE(0)
      this.#open.get(number)?.()
      this.#open.delete(number)
    } else if ((type & 0xf0) === 0x30) {
      const at = 2 + body.readUInt16BE(0)
      this.#writes.write(packet(TYPE.puback, body.subarray(at, at + 2)))
      this.#onMessage(body.subarray(at + 2))
    }
  }
}
