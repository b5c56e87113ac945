/** Has the files of one message brought to a home relay, and says in its body where they are then. */
import { mediaLayout } from '../../protocol/crypto/index.js'
import { decodeBody, encodeBody, type Holder, type MediaFile } from '../../protocol/message/index.js'
import { cidText } from '../../protocol/wire/index.js'
import { filesOf, type Brought } from '../chats/index.js'
import { withHolders } from './compose.js'
import type { Uploader } from './uploader.js'
import type { Wanted } from './upload-types.js'

/** See the file's head. `settled` is called once, never before this returns; the returned way ends the wait. */
export function bringFiles (uploader: Pick<Uploader, 'want'>, encoded: Uint8Array, settled: (outcome: Brought) => void): () => void {
  const body = decodeBody(encoded)
  const files = new Map(filesOf(body).map(file => [cidText(file.root), file]))
  const holders = new Map<string, readonly Holder[]>()
  const waits: Array<() => void> = []
  const end = (): void => { for (const wait of waits.splice(0)) wait() }
  for (const [name, file] of files) {
    waits.push(uploader.want(wantedOf(file), {
      ready: at => {
        holders.set(name, at)
        if (holders.size < files.size || (body.kind !== 'media' && body.kind !== 'album')) return
        settled({ body: encodeBody(withHolders(body, ({ root }) => holders.get(cidText(root)) ?? [])) })
      },
      failed: error => {
        end()
        settled({ error })
      }
    }))
  }
  return end
}

function wantedOf ({ root, size, at }: MediaFile): Wanted { return { root, size: mediaLayout(size).sealedBytes, sources: at } }
