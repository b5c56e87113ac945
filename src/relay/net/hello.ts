/** The first frame each way: what this side offers, and what both can do. Pure. */
import { randomBytes } from 'node:crypto'
import { GATEWAY_VERSION, LIMITS, UnsupportedError } from '../../protocol/wire/index.js'
import type { pb } from '../../protocol/wire/index.js'
import type { ChannelLimits, ChannelOptions } from './types.js'

/** The limits in force: LIMITS, but for what the options say. */
export function channelLimits (options: ChannelOptions): ChannelLimits {
  const own = options.limits ?? {}
  return {
    frameBytes: own.frameBytes ?? LIMITS.frameBytes,
    callsInFlight: own.callsInFlight ?? LIMITS.callsInFlight,
    callBytesInFlight: own.callBytesInFlight ?? LIMITS.callBytesInFlight,
    callsWaiting: own.callsWaiting ?? LIMITS.callsWaiting,
    creditBytes: options.onPush === undefined ? 0 : own.creditBytes ?? LIMITS.creditBytes,
    callDeadlineMs: own.callDeadlineMs ?? LIMITS.callDeadlineMs,
    helloDeadlineMs: own.helloDeadlineMs ?? LIMITS.helloDeadlineMs,
    frameDeadlineMs: own.frameDeadlineMs ?? LIMITS.frameDeadlineMs,
    writeBufferBytes: own.writeBufferBytes ?? LIMITS.writeBufferBytes,
    replyBytes: own.replyBytes ?? LIMITS.replyBytes,
    writeStallMs: own.writeStallMs ?? LIMITS.writeStallMs,
    lastWordsMs: own.lastWordsMs ?? LIMITS.lastWordsMs,
    probeIdleMs: own.probeIdleMs ?? LIMITS.probeIdleMs,
    probeAnswerMs: own.probeAnswerMs ?? LIMITS.probeAnswerMs
  }
}

/** This side's Hello. */
export function makeHello (options: ChannelOptions, limits: ChannelLimits): pb.Hello {
  const versions = options.versions ?? GATEWAY_VERSION
  const random = options.random ?? randomBytes
  return {
    min: versions.min,
    max: versions.max,
    features: [...options.features ?? []],
    maxFrameBytes: limits.frameBytes,
    maxCalls: limits.callsInFlight,
    creditBytes: limits.creditBytes,
    nonce: Uint8Array.from(random(32)),
    agent: options.agent ?? '',
    maxCallBytes: limits.callBytesInFlight
  }
}

/**
 * The highest version both speak.
 * @throws UnsupportedError that names both ranges and says which side to update
 */
export function agreeVersion (local: pb.Hello, remote: pb.Hello): number {
  const version = Math.min(local.max, remote.max)
  if (version >= local.min && version >= remote.min) return version
  const side = remote.min > local.max ? 'this side' : 'the peer'
  throw new UnsupportedError(
    `this side speaks gateway versions ${local.min} to ${local.max}, the peer ${remote.min} to ${remote.max}: update ${side}`,
    { details: { localMin: local.min, localMax: local.max, remoteMin: remote.min, remoteMax: remote.max } }
  )
}
