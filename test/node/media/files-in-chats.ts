/** Files that people of a small world send each other. */
import assert from 'node:assert/strict'
import type { ChatMessage, MediaKind } from '../../../src/protocol/api/index.js'
import { until, type Person } from '../world.js'

/** A file to send. */
export interface SentFile { readonly bytes: Uint8Array, readonly name: string, readonly as: MediaKind, readonly type?: string }

async function * pieces (bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 100_000) yield await Promise.resolve(bytes.subarray(at, at + 100_000))
}

/** Sends files in one message; resolves when it is stored. */
export async function sendFiles (from: Person, files: readonly SentFile[], caption = ''): Promise<ChatMessage> {
  const [chat] = await from.node.listChats()
  assert.ok(chat !== undefined)
  const ids: string[] = []
  for (const { bytes, ...draft } of files) ids.push((await from.node.addMedia({ ...draft, size: bytes.length }, pieces(bytes))).file.id)
  return await from.node.send(chat.id, caption, { media: ids })
}

/** Waits until the message has come. */
export async function arrived (to: Person, { id }: ChatMessage): Promise<ChatMessage> {
  const { event } = await until(to.node, e => e.type === 'message' && e.message.id === id)
  assert.ok(event.type === 'message')
  return event.message
}

/** A file of a message, or a stretch of it. */
export async function readFile (to: Person, { chat, id }: Pick<ChatMessage, 'chat' | 'id'>, options: { item?: number, start?: number, end?: number } = {}): Promise<Buffer> {
  const all: Uint8Array[] = []
  for await (const piece of to.node.readMedia(chat, id, options)) all.push(piece)
  return Buffer.concat(all)
}

/** Bytes of a message's file that are on a person's disk. */
export async function bytesHere (to: Person, { chat, id }: Pick<ChatMessage, 'chat' | 'id'>): Promise<number> {
  const { file: { state } } = await to.node.mediaInfo(chat, id)
  return state?.here ?? 0
}

/** A second of a tone as a WAV file. */
export function voiceNote (): Uint8Array {
  const samples = Int16Array.from({ length: 8000 }, (_, i) => Math.round(9000 * Math.sin(i / 5)))
  const head = Buffer.alloc(44)
  head.write('RIFF', 0, 'latin1')
  head.writeUInt32LE(36 + samples.byteLength, 4)
  head.write('WAVEfmt ', 8, 'latin1')
  head.writeUInt32LE(16, 16)
  head.writeUInt16LE(1, 20)
  head.writeUInt16LE(1, 22)
  head.writeUInt32LE(8000, 24)
  head.writeUInt32LE(16_000, 28)
  head.writeUInt16LE(2, 32)
  head.writeUInt16LE(16, 34)
  head.write('data', 36, 'latin1')
  head.writeUInt32LE(samples.byteLength, 40)
  return Buffer.concat([head, Buffer.from(samples.buffer)])
}
