/** The one thing of EXIF that must stay: how a picture is to be turned. */
import { u16, u16le, u32, u32le } from '../window.js'

const ORIENTATION = 0x0112
const SHORT = 3

/** The orientation in a TIFF structure, 1 to 8; undefined where there is none. Looks at the first directory only. */
export function orientationOf (tiff: Uint8Array): number | undefined {
  const little = tiff[0] === 0x49
  const short = little ? u16le : u16
  const long = little ? u32le : u32
  const directory = long(tiff, 4)
  const count = short(tiff, directory)
  for (let i = 0; i < count; i++) {
    const entry = directory + 2 + i * 12
    if (entry + 12 > tiff.length) return undefined
    if (short(tiff, entry) !== ORIENTATION || short(tiff, entry + 2) !== SHORT) continue
    const value = short(tiff, entry + 8)
    return value >= 1 && value <= 8 ? value : undefined
  }
  return undefined
}

/** A TIFF structure that says the orientation and nothing else. */
export function tiffWith (orientation: number): Uint8Array {
  return Uint8Array.of(0x49, 0x49, 0x2a, 0, 8, 0, 0, 0, 1, 0, 0x12, 1, SHORT, 0, 1, 0, 0, 0, orientation, 0, 0, 0, 0, 0, 0, 0)
}

/** Whether the picture lies on its side. */
export function isTurned (orientation: number | undefined): boolean { return orientation !== undefined && orientation >= 5 }
