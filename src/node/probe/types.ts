/** What goes into a look at a file and what comes out. */

/** Bytes that can be read from anywhere. `read` gives exactly `end - start` bytes, for ranges inside `size`. */
export interface ByteSource {
  readonly size: number
  readonly read: (start: number, end: number, options?: { readonly signal?: AbortSignal }) => Promise<Uint8Array>
}

/** How a file is shown in a chat. */
export type ShownAs = 'photo' | 'video' | 'voice' | 'audio' | 'file'

/** What a file is by its content. */
export type Kind = 'image' | 'video' | 'audio' | 'other'

/** A small picture that travels inside the message. */
export interface Thumb { readonly bytes: Uint8Array, readonly type: string, readonly width: number, readonly height: number }

/** What the sender says of a file, and wants. */
export interface ProbeRequest {
  readonly name?: string | undefined
  /** The media type that the sender claims; used only where the content tells none. */
  readonly type?: string | undefined
  /** Without it the content decides. */
  readonly as?: ShownAs | undefined
  /** Leave in the file what it tells about where, when and with what it was made. */
  readonly keepMetadata?: boolean | undefined
  readonly signal?: AbortSignal | undefined
}

/** What a file tells. */
export interface Probed {
  readonly as: ShownAs
  /** A media type, `application/octet-stream` where nothing is known. */
  readonly type: string
  /** In pixels, as it is shown: a camera's turn is applied. */
  readonly width?: number
  readonly height?: number
  /** In milliseconds. */
  readonly duration?: number
  readonly thumb?: Thumb
  /** How loud each of at most 128 equal parts is, 0 to 255. */
  readonly waveform?: Uint8Array
  /** The file without what it told; absent where there was nothing to take out. */
  readonly stripped?: ByteSource
  /** What the sender should know: {@link Note}s. */
  readonly notes: readonly Note[]
}

/** Words for what did not go as one might think; {@link noteText} says them to a person. */
export type Note = 'no-preview-library' | 'not-a-photo' | 'not-a-video' | 'not-audio' | 'not-readable' | 'too-large-for-preview' | 'metadata-kept' | 'metadata-unknown'
