/** When the heads of quiet chats are asked for, and when one is too old. */
import { LIMITS } from '../../protocol/wire/index.js'

/** The times, ms. See LIMITS. */
export type HeadTiming = Record<'headAskMs' | 'headStaleMs' | 'headTickMs', number>

/** The times that hold unless told otherwise. */
export function headTiming (given: Partial<HeadTiming> = {}): HeadTiming {
  return { headAskMs: LIMITS.headAskMs, headStaleMs: LIMITS.headStaleMs, headTickMs: LIMITS.headTickMs, ...given }
}
