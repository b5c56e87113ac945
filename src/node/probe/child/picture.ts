/** The job that decodes: a picture made small. The decoder is a large library for bytes of strangers, so it runs here and nowhere else. */
import { LIMITS } from '../../../protocol/wire/limits.js'
import { Damaged } from '../damaged.js'
import type { PictureOrder, PictureResult } from './messages.js'
import { Missing } from './missing.js'

type Sharp = typeof import('sharp').default
interface Raw { readonly data: Buffer, readonly info: { readonly width: number, readonly height: number } }

/** Of the library's loaders only these: SVG, PDF and others read files and run text of their own. */
const LOADERS = ['VipsForeignLoadJpegBuffer', 'VipsForeignLoadPngBuffer', 'VipsForeignLoadWebpBuffer', 'VipsForeignLoadNsgifBuffer', 'VipsForeignLoadHeifBuffer']

/** Tried in this order until the bytes are few enough. */
const QUALITIES = [75, 60, 45, 30, 20]
const SCALES = [1, 0.75, 0.5, 0.25]

let loaded: Sharp | undefined

/** @throws Missing when sharp is not installed */
async function library (): Promise<Sharp> {
  if (loaded !== undefined) return loaded
  try {
    loaded = (await import('sharp')).default
  } catch (error) {
    throw new Missing('sharp', { cause: error })
  }
  // One thread and nothing kept: pictures come one at a time, and memory is counted.
  loaded.concurrency(1)
  loaded.cache(false)
  loaded.block({ operation: ['VipsForeignLoad'] })
  loaded.unblock({ operation: LOADERS })
  return loaded
}

/** The picture as ordered. @throws Missing; Damaged when it cannot be decoded */
export async function picture (bytes: Uint8Array, order: PictureOrder): Promise<PictureResult> {
  const sharp = await library()
  try {
    const raw = await upright(sharp, await shrunk(sharp, bytes, order), order.orientation)
    return await formed(sharp, raw, order)
  } catch (error) {
    throw new Damaged(error instanceof Error ? error.message : 'it cannot be decoded')
  }
}

/** Small first and turned after: turning a whole photo would need it in memory. */
async function shrunk (sharp: Sharp, bytes: Uint8Array, { width, height, orientation }: PictureOrder): Promise<Raw> {
  const turned = orientation >= 5
  return await sharp(bytes, { failOn: 'error', limitInputPixels: LIMITS.picturePixels })
    .timeout({ seconds: LIMITS.thumbDecodeMs / 1000 })
    .resize({ width: turned ? height : width, height: turned ? width : height, fit: 'inside', withoutEnlargement: true })
    .flatten({ background: '#ffffff' })
    .toColourspace('srgb').removeAlpha()
    .raw().toBuffer({ resolveWithObject: true })
}

async function upright (sharp: Sharp, raw: Raw, orientation: number): Promise<Raw> {
  if (orientation === 1) return raw
  const image = open(sharp, raw)
  // The library mirrors before it turns, whatever the order of the calls.
  if (orientation === 3) image.rotate(180)
  if (orientation >= 5) image.rotate(orientation === 8 ? 270 : 90)
  if (orientation === 4 || orientation === 5) image.flip()
  if (orientation === 2 || orientation === 7) image.flop()
  return await image.raw().toBuffer({ resolveWithObject: true })
}

const open = (sharp: Sharp, { data, info: { width, height } }: Raw): import('sharp').Sharp =>
  sharp(data, { raw: { width, height, channels: channelsOf(data, width * height) } })

/** Grey pictures come out with one channel. */
const channelsOf = (data: Buffer, pixels: number): 1 | 3 => data.length === pixels ? 1 : 3

async function formed (sharp: Sharp, raw: Raw, { form, maxBytes }: PictureOrder): Promise<PictureResult> {
  const { width, height } = raw.info
  if (form === 'rgb') return { bytes: await open(sharp, raw).toColourspace('srgb').raw().toBuffer(), width, height }
  if (form === 'png') return { bytes: await open(sharp, raw).png().toBuffer(), width, height }
  for (const scale of SCALES) {
    for (const quality of QUALITIES) {
      const size = { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) }
      const bytes = await open(sharp, raw).resize({ ...size, fit: 'fill' }).jpeg({ quality }).toBuffer()
      if (bytes.length <= maxBytes) return { bytes, ...size }
    }
  }
  throw new Damaged('it cannot be made small enough')
}
