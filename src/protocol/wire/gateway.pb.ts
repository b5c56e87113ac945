/* eslint-disable require-yield */

import { decodeMessage, encodeMessage, MaxLengthError, message, streamMessage } from 'protons-runtime'
import { alloc as uint8ArrayAlloc } from 'uint8arrays/alloc'
import type { Codec, DecodeOptions } from 'protons-runtime'
import type { Uint8ArrayList } from 'uint8arraylist'

export interface Frame {
  hello?: Hello
  call?: Call
  reply?: Reply
  push?: Push
  credit?: Credit
  cancel?: Cancel
  moved?: Moved
  closing?: Failure
  probe?: Probe
}

export namespace Frame {
  let _codec: Codec<Frame>

  export const codec = (): Codec<Frame> => {
    if (_codec == null) {
      _codec = message<Frame>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        obj = { ...obj }

        if (obj.probe != null) {
          obj.closing = undefined
          obj.moved = undefined
          obj.cancel = undefined
          obj.credit = undefined
          obj.push = undefined
          obj.reply = undefined
          obj.call = undefined
          obj.hello = undefined
        }

        if (obj.closing != null) {
          obj.probe = undefined
          obj.moved = undefined
          obj.cancel = undefined
          obj.credit = undefined
          obj.push = undefined
          obj.reply = undefined
          obj.call = undefined
          obj.hello = undefined
        }

        if (obj.moved != null) {
          obj.probe = undefined
          obj.closing = undefined
          obj.cancel = undefined
          obj.credit = undefined
          obj.push = undefined
          obj.reply = undefined
          obj.call = undefined
          obj.hello = undefined
        }

        if (obj.cancel != null) {
          obj.probe = undefined
          obj.closing = undefined
          obj.moved = undefined
          obj.credit = undefined
          obj.push = undefined
          obj.reply = undefined
          obj.call = undefined
          obj.hello = undefined
        }

        if (obj.credit != null) {
          obj.probe = undefined
          obj.closing = undefined
          obj.moved = undefined
          obj.cancel = undefined
          obj.push = undefined
          obj.reply = undefined
          obj.call = undefined
          obj.hello = undefined
        }

        if (obj.push != null) {
          obj.probe = undefined
          obj.closing = undefined
          obj.moved = undefined
          obj.cancel = undefined
          obj.credit = undefined
          obj.reply = undefined
          obj.call = undefined
          obj.hello = undefined
        }

        if (obj.reply != null) {
          obj.probe = undefined
          obj.closing = undefined
          obj.moved = undefined
          obj.cancel = undefined
          obj.credit = undefined
          obj.push = undefined
          obj.call = undefined
          obj.hello = undefined
        }

        if (obj.call != null) {
          obj.probe = undefined
          obj.closing = undefined
          obj.moved = undefined
          obj.cancel = undefined
          obj.credit = undefined
          obj.push = undefined
          obj.reply = undefined
          obj.hello = undefined
        }

        if (obj.hello != null) {
          obj.probe = undefined
          obj.closing = undefined
          obj.moved = undefined
          obj.cancel = undefined
          obj.credit = undefined
          obj.push = undefined
          obj.reply = undefined
          obj.call = undefined
        }

        if (obj.hello != null) {
          w.uint32(10)
          Hello.codec().encode(obj.hello, w)
        }

        if (obj.call != null) {
          w.uint32(18)
          Call.codec().encode(obj.call, w)
        }

        if (obj.reply != null) {
          w.uint32(26)
          Reply.codec().encode(obj.reply, w)
        }

        if (obj.push != null) {
          w.uint32(34)
          Push.codec().encode(obj.push, w)
        }

        if (obj.credit != null) {
          w.uint32(42)
          Credit.codec().encode(obj.credit, w)
        }

        if (obj.cancel != null) {
          w.uint32(50)
          Cancel.codec().encode(obj.cancel, w)
        }

        if (obj.moved != null) {
          w.uint32(58)
          Moved.codec().encode(obj.moved, w)
        }

        if (obj.closing != null) {
          w.uint32(66)
          Failure.codec().encode(obj.closing, w)
        }

        if (obj.probe != null) {
          w.uint32(74)
          Probe.codec().encode(obj.probe, w)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {}

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.hello = Hello.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.hello
              })
              break
            }
            case 2: {
              obj.call = Call.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.call
              })
              break
            }
            case 3: {
              obj.reply = Reply.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.reply
              })
              break
            }
            case 4: {
              obj.push = Push.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.push
              })
              break
            }
            case 5: {
              obj.credit = Credit.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.credit
              })
              break
            }
            case 6: {
              obj.cancel = Cancel.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.cancel
              })
              break
            }
            case 7: {
              obj.moved = Moved.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.moved
              })
              break
            }
            case 8: {
              obj.closing = Failure.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.closing
              })
              break
            }
            case 9: {
              obj.probe = Probe.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.probe
              })
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        if (obj.probe != null) {
          delete obj.closing
          delete obj.moved
          delete obj.cancel
          delete obj.credit
          delete obj.push
          delete obj.reply
          delete obj.call
          delete obj.hello
        }

        if (obj.closing != null) {
          delete obj.probe
          delete obj.moved
          delete obj.cancel
          delete obj.credit
          delete obj.push
          delete obj.reply
          delete obj.call
          delete obj.hello
        }

        if (obj.moved != null) {
          delete obj.probe
          delete obj.closing
          delete obj.cancel
          delete obj.credit
          delete obj.push
          delete obj.reply
          delete obj.call
          delete obj.hello
        }

        if (obj.cancel != null) {
          delete obj.probe
          delete obj.closing
          delete obj.moved
          delete obj.credit
          delete obj.push
          delete obj.reply
          delete obj.call
          delete obj.hello
        }

        if (obj.credit != null) {
          delete obj.probe
          delete obj.closing
          delete obj.moved
          delete obj.cancel
          delete obj.push
          delete obj.reply
          delete obj.call
          delete obj.hello
        }

        if (obj.push != null) {
          delete obj.probe
          delete obj.closing
          delete obj.moved
          delete obj.cancel
          delete obj.credit
          delete obj.reply
          delete obj.call
          delete obj.hello
        }

        if (obj.reply != null) {
          delete obj.probe
          delete obj.closing
          delete obj.moved
          delete obj.cancel
          delete obj.credit
          delete obj.push
          delete obj.call
          delete obj.hello
        }

        if (obj.call != null) {
          delete obj.probe
          delete obj.closing
          delete obj.moved
          delete obj.cancel
          delete obj.credit
          delete obj.push
          delete obj.reply
          delete obj.hello
        }

        if (obj.hello != null) {
          delete obj.probe
          delete obj.closing
          delete obj.moved
          delete obj.cancel
          delete obj.credit
          delete obj.push
          delete obj.reply
          delete obj.call
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield * Hello.codec().stream(reader, reader.uint32(), `${prefix}.hello`, {
                limits: opts.limits?.hello
              })

              break
            }
            case 2: {
              yield * Call.codec().stream(reader, reader.uint32(), `${prefix}.call`, {
                limits: opts.limits?.call
              })

              break
            }
            case 3: {
              yield * Reply.codec().stream(reader, reader.uint32(), `${prefix}.reply`, {
                limits: opts.limits?.reply
              })

              break
            }
            case 4: {
              yield * Push.codec().stream(reader, reader.uint32(), `${prefix}.push`, {
                limits: opts.limits?.push
              })

              break
            }
            case 5: {
              yield * Credit.codec().stream(reader, reader.uint32(), `${prefix}.credit`, {
                limits: opts.limits?.credit
              })

              break
            }
            case 6: {
              yield * Cancel.codec().stream(reader, reader.uint32(), `${prefix}.cancel`, {
                limits: opts.limits?.cancel
              })

              break
            }
            case 7: {
              yield * Moved.codec().stream(reader, reader.uint32(), `${prefix}.moved`, {
                limits: opts.limits?.moved
              })

              break
            }
            case 8: {
              yield * Failure.codec().stream(reader, reader.uint32(), `${prefix}.closing`, {
                limits: opts.limits?.closing
              })

              break
            }
            case 9: {
              yield * Probe.codec().stream(reader, reader.uint32(), `${prefix}.probe`, {
                limits: opts.limits?.probe
              })

              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface FrameHelloMinFieldEvent {
    field: '$.hello.min'
    value: number
  }

  export interface FrameHelloMaxFieldEvent {
    field: '$.hello.max'
    value: number
  }

  export interface FrameHelloFeaturesFieldEvent {
    field: '$.hello.features[]'
    index: number
    value: string
  }

  export interface FrameHelloMaxFrameBytesFieldEvent {
    field: '$.hello.maxFrameBytes'
    value: number
  }

  export interface FrameHelloMaxCallsFieldEvent {
    field: '$.hello.maxCalls'
    value: number
  }

  export interface FrameHelloCreditBytesFieldEvent {
    field: '$.hello.creditBytes'
    value: number
  }

  export interface FrameHelloNonceFieldEvent {
    field: '$.hello.nonce'
    value: Uint8Array
  }

  export interface FrameHelloAgentFieldEvent {
    field: '$.hello.agent'
    value: string
  }

  export interface FrameHelloMaxCallBytesFieldEvent {
    field: '$.hello.maxCallBytes'
    value: number
  }

  export interface FrameCallIdFieldEvent {
    field: '$.call.id'
    value: number
  }

  export interface FrameCallMethodFieldEvent {
    field: '$.call.method'
    value: number
  }

  export interface FrameCallBodyFieldEvent {
    field: '$.call.body'
    value: Uint8Array
  }

  export interface FrameCallDeadlineMsFieldEvent {
    field: '$.call.deadlineMs'
    value: number
  }

  export interface FrameReplyIdFieldEvent {
    field: '$.reply.id'
    value: number
  }

  export interface FrameReplyBodyFieldEvent {
    field: '$.reply.body'
    value: Uint8Array
  }

  export interface FrameReplyFailureCodeFieldEvent {
    field: '$.reply.failure.code'
    value: string
  }

  export interface FrameReplyFailureMessageFieldEvent {
    field: '$.reply.failure.message'
    value: string
  }

  export interface FrameReplyFailureDetailsFieldEvent {
    field: '$.reply.failure.details'
    value: Uint8Array
  }

  export interface FramePushKindFieldEvent {
    field: '$.push.kind'
    value: number
  }

  export interface FramePushBodyFieldEvent {
    field: '$.push.body'
    value: Uint8Array
  }

  export interface FrameCreditBytesFieldEvent {
    field: '$.credit.bytes'
    value: number
  }

  export interface FrameCancelIdFieldEvent {
    field: '$.cancel.id'
    value: number
  }

  export interface FrameMovedRelaysFieldEvent {
    field: '$.moved.relays[]'
    index: number
    value: string
  }

  export interface FrameMovedRetryMsFieldEvent {
    field: '$.moved.retryMs'
    value: number
  }

  export interface FrameClosingCodeFieldEvent {
    field: '$.closing.code'
    value: string
  }

  export interface FrameClosingMessageFieldEvent {
    field: '$.closing.message'
    value: string
  }

  export interface FrameClosingDetailsFieldEvent {
    field: '$.closing.details'
    value: Uint8Array
  }

  export interface FrameProbeAnswerFieldEvent {
    field: '$.probe.answer'
    value: boolean
  }

  export function encode (obj: Partial<Frame>): Uint8Array {
    return encodeMessage(obj, Frame.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Frame>): Frame {
    return decodeMessage(buf, Frame.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Frame>): Generator<FrameHelloMinFieldEvent | FrameHelloMaxFieldEvent | FrameHelloFeaturesFieldEvent | FrameHelloMaxFrameBytesFieldEvent | FrameHelloMaxCallsFieldEvent | FrameHelloCreditBytesFieldEvent | FrameHelloNonceFieldEvent | FrameHelloAgentFieldEvent | FrameHelloMaxCallBytesFieldEvent | FrameCallIdFieldEvent | FrameCallMethodFieldEvent | FrameCallBodyFieldEvent | FrameCallDeadlineMsFieldEvent | FrameReplyIdFieldEvent | FrameReplyBodyFieldEvent | FrameReplyFailureCodeFieldEvent | FrameReplyFailureMessageFieldEvent | FrameReplyFailureDetailsFieldEvent | FramePushKindFieldEvent | FramePushBodyFieldEvent | FrameCreditBytesFieldEvent | FrameCancelIdFieldEvent | FrameMovedRelaysFieldEvent | FrameMovedRetryMsFieldEvent | FrameClosingCodeFieldEvent | FrameClosingMessageFieldEvent | FrameClosingDetailsFieldEvent | FrameProbeAnswerFieldEvent> {
    return streamMessage(buf, Frame.codec(), opts)
  }
}

export interface Hello {
  min: number
  max: number
  features: string[]
  maxFrameBytes: number
  maxCalls: number
  creditBytes: number
  nonce: Uint8Array
  agent: string
  maxCallBytes: number
}

export namespace Hello {
  let _codec: Codec<Hello>

  export const codec = (): Codec<Hello> => {
    if (_codec == null) {
      _codec = message<Hello>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.min != null && obj.min !== 0)) {
          w.uint32(8)
          w.uint32(obj.min)
        }

        if ((obj.max != null && obj.max !== 0)) {
          w.uint32(16)
          w.uint32(obj.max)
        }

        if (obj.features != null && obj.features.length > 0) {
          for (const value of obj.features) {
            w.uint32(26)
            w.string(value)
          }
        }

        if ((obj.maxFrameBytes != null && obj.maxFrameBytes !== 0)) {
          w.uint32(32)
          w.uint32(obj.maxFrameBytes)
        }

        if ((obj.maxCalls != null && obj.maxCalls !== 0)) {
          w.uint32(40)
          w.uint32(obj.maxCalls)
        }

        if ((obj.creditBytes != null && obj.creditBytes !== 0)) {
          w.uint32(48)
          w.uint32(obj.creditBytes)
        }

        if ((obj.nonce != null && obj.nonce.byteLength > 0)) {
          w.uint32(58)
          w.bytes(obj.nonce)
        }

        if ((obj.agent != null && obj.agent !== '')) {
          w.uint32(66)
          w.string(obj.agent)
        }

        if ((obj.maxCallBytes != null && obj.maxCallBytes !== 0)) {
          w.uint32(72)
          w.uint32(obj.maxCallBytes)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          min: 0,
          max: 0,
          features: [],
          maxFrameBytes: 0,
          maxCalls: 0,
          creditBytes: 0,
          nonce: uint8ArrayAlloc(0),
          agent: '',
          maxCallBytes: 0
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.min = reader.uint32()
              break
            }
            case 2: {
              obj.max = reader.uint32()
              break
            }
            case 3: {
              if (opts.limits?.features != null && obj.features.length === opts.limits.features) {
                throw new MaxLengthError('Decode error - repeated field "features" had too many elements')
              }

              obj.features.push(reader.string())
              break
            }
            case 4: {
              obj.maxFrameBytes = reader.uint32()
              break
            }
            case 5: {
              obj.maxCalls = reader.uint32()
              break
            }
            case 6: {
              obj.creditBytes = reader.uint32()
              break
            }
            case 7: {
              obj.nonce = reader.bytes()
              break
            }
            case 8: {
              obj.agent = reader.string()
              break
            }
            case 9: {
              obj.maxCallBytes = reader.uint32()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const obj = {
          features: 0
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.min`,
                value: reader.uint32()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.max`,
                value: reader.uint32()
              }
              break
            }
            case 3: {
              if (opts.limits?.features != null && obj.features === opts.limits.features) {
                throw new MaxLengthError('Streaming decode error - repeated field "features" had too many elements')
              }

              yield {
                field: `${prefix}.features[]`,
                index: obj.features,
                value: reader.string()
              }

              obj.features++

              break
            }
            case 4: {
              yield {
                field: `${prefix}.maxFrameBytes`,
                value: reader.uint32()
              }
              break
            }
            case 5: {
              yield {
                field: `${prefix}.maxCalls`,
                value: reader.uint32()
              }
              break
            }
            case 6: {
              yield {
                field: `${prefix}.creditBytes`,
                value: reader.uint32()
              }
              break
            }
            case 7: {
              yield {
                field: `${prefix}.nonce`,
                value: reader.bytes()
              }
              break
            }
            case 8: {
              yield {
                field: `${prefix}.agent`,
                value: reader.string()
              }
              break
            }
            case 9: {
              yield {
                field: `${prefix}.maxCallBytes`,
                value: reader.uint32()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface HelloMinFieldEvent {
    field: '$.min'
    value: number
  }

  export interface HelloMaxFieldEvent {
    field: '$.max'
    value: number
  }

  export interface HelloFeaturesFieldEvent {
    field: '$.features[]'
    index: number
    value: string
  }

  export interface HelloMaxFrameBytesFieldEvent {
    field: '$.maxFrameBytes'
    value: number
  }

  export interface HelloMaxCallsFieldEvent {
    field: '$.maxCalls'
    value: number
  }

  export interface HelloCreditBytesFieldEvent {
    field: '$.creditBytes'
    value: number
  }

  export interface HelloNonceFieldEvent {
    field: '$.nonce'
    value: Uint8Array
  }

  export interface HelloAgentFieldEvent {
    field: '$.agent'
    value: string
  }

  export interface HelloMaxCallBytesFieldEvent {
    field: '$.maxCallBytes'
    value: number
  }

  export function encode (obj: Partial<Hello>): Uint8Array {
    return encodeMessage(obj, Hello.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Hello>): Hello {
    return decodeMessage(buf, Hello.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Hello>): Generator<HelloMinFieldEvent | HelloMaxFieldEvent | HelloFeaturesFieldEvent | HelloMaxFrameBytesFieldEvent | HelloMaxCallsFieldEvent | HelloCreditBytesFieldEvent | HelloNonceFieldEvent | HelloAgentFieldEvent | HelloMaxCallBytesFieldEvent> {
    return streamMessage(buf, Hello.codec(), opts)
  }
}

export interface Call {
  id: number
  method: number
  body: Uint8Array
  deadlineMs: number
}

export namespace Call {
  let _codec: Codec<Call>

  export const codec = (): Codec<Call> => {
    if (_codec == null) {
      _codec = message<Call>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.id != null && obj.id !== 0)) {
          w.uint32(8)
          w.uint32(obj.id)
        }

        if ((obj.method != null && obj.method !== 0)) {
          w.uint32(16)
          w.uint32(obj.method)
        }

        if ((obj.body != null && obj.body.byteLength > 0)) {
          w.uint32(26)
          w.bytes(obj.body)
        }

        if ((obj.deadlineMs != null && obj.deadlineMs !== 0)) {
          w.uint32(32)
          w.uint32(obj.deadlineMs)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          id: 0,
          method: 0,
          body: uint8ArrayAlloc(0),
          deadlineMs: 0
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.id = reader.uint32()
              break
            }
            case 2: {
              obj.method = reader.uint32()
              break
            }
            case 3: {
              obj.body = reader.bytes()
              break
            }
            case 4: {
              obj.deadlineMs = reader.uint32()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.id`,
                value: reader.uint32()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.method`,
                value: reader.uint32()
              }
              break
            }
            case 3: {
              yield {
                field: `${prefix}.body`,
                value: reader.bytes()
              }
              break
            }
            case 4: {
              yield {
                field: `${prefix}.deadlineMs`,
                value: reader.uint32()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface CallIdFieldEvent {
    field: '$.id'
    value: number
  }

  export interface CallMethodFieldEvent {
    field: '$.method'
    value: number
  }

  export interface CallBodyFieldEvent {
    field: '$.body'
    value: Uint8Array
  }

  export interface CallDeadlineMsFieldEvent {
    field: '$.deadlineMs'
    value: number
  }

  export function encode (obj: Partial<Call>): Uint8Array {
    return encodeMessage(obj, Call.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Call>): Call {
    return decodeMessage(buf, Call.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Call>): Generator<CallIdFieldEvent | CallMethodFieldEvent | CallBodyFieldEvent | CallDeadlineMsFieldEvent> {
    return streamMessage(buf, Call.codec(), opts)
  }
}

export interface Reply {
  id: number
  body?: Uint8Array
  failure?: Failure
}

export namespace Reply {
  let _codec: Codec<Reply>

  export const codec = (): Codec<Reply> => {
    if (_codec == null) {
      _codec = message<Reply>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.id != null && obj.id !== 0)) {
          w.uint32(8)
          w.uint32(obj.id)
        }

        if (obj.body != null) {
          w.uint32(18)
          w.bytes(obj.body)
        }

        if (obj.failure != null) {
          w.uint32(26)
          Failure.codec().encode(obj.failure, w)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          id: 0
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.id = reader.uint32()
              break
            }
            case 2: {
              obj.body = reader.bytes()
              break
            }
            case 3: {
              obj.failure = Failure.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.failure
              })
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.id`,
                value: reader.uint32()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.body`,
                value: reader.bytes()
              }
              break
            }
            case 3: {
              yield * Failure.codec().stream(reader, reader.uint32(), `${prefix}.failure`, {
                limits: opts.limits?.failure
              })

              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface ReplyIdFieldEvent {
    field: '$.id'
    value: number
  }

  export interface ReplyBodyFieldEvent {
    field: '$.body'
    value: Uint8Array
  }

  export interface ReplyFailureCodeFieldEvent {
    field: '$.failure.code'
    value: string
  }

  export interface ReplyFailureMessageFieldEvent {
    field: '$.failure.message'
    value: string
  }

  export interface ReplyFailureDetailsFieldEvent {
    field: '$.failure.details'
    value: Uint8Array
  }

  export function encode (obj: Partial<Reply>): Uint8Array {
    return encodeMessage(obj, Reply.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Reply>): Reply {
    return decodeMessage(buf, Reply.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Reply>): Generator<ReplyIdFieldEvent | ReplyBodyFieldEvent | ReplyFailureCodeFieldEvent | ReplyFailureMessageFieldEvent | ReplyFailureDetailsFieldEvent> {
    return streamMessage(buf, Reply.codec(), opts)
  }
}

export interface Failure {
  code: string
  message: string
  details: Uint8Array
}

export namespace Failure {
  let _codec: Codec<Failure>

  export const codec = (): Codec<Failure> => {
    if (_codec == null) {
      _codec = message<Failure>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.code != null && obj.code !== '')) {
          w.uint32(10)
          w.string(obj.code)
        }

        if ((obj.message != null && obj.message !== '')) {
          w.uint32(18)
          w.string(obj.message)
        }

        if ((obj.details != null && obj.details.byteLength > 0)) {
          w.uint32(26)
          w.bytes(obj.details)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          code: '',
          message: '',
          details: uint8ArrayAlloc(0)
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.code = reader.string()
              break
            }
            case 2: {
              obj.message = reader.string()
              break
            }
            case 3: {
              obj.details = reader.bytes()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.code`,
                value: reader.string()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.message`,
                value: reader.string()
              }
              break
            }
            case 3: {
              yield {
                field: `${prefix}.details`,
                value: reader.bytes()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface FailureCodeFieldEvent {
    field: '$.code'
    value: string
  }

  export interface FailureMessageFieldEvent {
    field: '$.message'
    value: string
  }

  export interface FailureDetailsFieldEvent {
    field: '$.details'
    value: Uint8Array
  }

  export function encode (obj: Partial<Failure>): Uint8Array {
    return encodeMessage(obj, Failure.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Failure>): Failure {
    return decodeMessage(buf, Failure.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Failure>): Generator<FailureCodeFieldEvent | FailureMessageFieldEvent | FailureDetailsFieldEvent> {
    return streamMessage(buf, Failure.codec(), opts)
  }
}

export interface Push {
  kind: number
  body: Uint8Array
}

export namespace Push {
  let _codec: Codec<Push>

  export const codec = (): Codec<Push> => {
    if (_codec == null) {
      _codec = message<Push>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.kind != null && obj.kind !== 0)) {
          w.uint32(8)
          w.uint32(obj.kind)
        }

        if ((obj.body != null && obj.body.byteLength > 0)) {
          w.uint32(18)
          w.bytes(obj.body)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          kind: 0,
          body: uint8ArrayAlloc(0)
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.kind = reader.uint32()
              break
            }
            case 2: {
              obj.body = reader.bytes()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.kind`,
                value: reader.uint32()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.body`,
                value: reader.bytes()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface PushKindFieldEvent {
    field: '$.kind'
    value: number
  }

  export interface PushBodyFieldEvent {
    field: '$.body'
    value: Uint8Array
  }

  export function encode (obj: Partial<Push>): Uint8Array {
    return encodeMessage(obj, Push.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Push>): Push {
    return decodeMessage(buf, Push.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Push>): Generator<PushKindFieldEvent | PushBodyFieldEvent> {
    return streamMessage(buf, Push.codec(), opts)
  }
}

export interface Credit {
  bytes: number
}

export namespace Credit {
  let _codec: Codec<Credit>

  export const codec = (): Codec<Credit> => {
    if (_codec == null) {
      _codec = message<Credit>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.bytes != null && obj.bytes !== 0)) {
          w.uint32(8)
          w.uint32(obj.bytes)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          bytes: 0
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.bytes = reader.uint32()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.bytes`,
                value: reader.uint32()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface CreditBytesFieldEvent {
    field: '$.bytes'
    value: number
  }

  export function encode (obj: Partial<Credit>): Uint8Array {
    return encodeMessage(obj, Credit.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Credit>): Credit {
    return decodeMessage(buf, Credit.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Credit>): Generator<CreditBytesFieldEvent> {
    return streamMessage(buf, Credit.codec(), opts)
  }
}

export interface Cancel {
  id: number
}

export namespace Cancel {
  let _codec: Codec<Cancel>

  export const codec = (): Codec<Cancel> => {
    if (_codec == null) {
      _codec = message<Cancel>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.id != null && obj.id !== 0)) {
          w.uint32(8)
          w.uint32(obj.id)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          id: 0
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.id = reader.uint32()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.id`,
                value: reader.uint32()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface CancelIdFieldEvent {
    field: '$.id'
    value: number
  }

  export function encode (obj: Partial<Cancel>): Uint8Array {
    return encodeMessage(obj, Cancel.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Cancel>): Cancel {
    return decodeMessage(buf, Cancel.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Cancel>): Generator<CancelIdFieldEvent> {
    return streamMessage(buf, Cancel.codec(), opts)
  }
}

export interface Moved {
  relays: string[]
  retryMs: number
}

export namespace Moved {
  let _codec: Codec<Moved>

  export const codec = (): Codec<Moved> => {
    if (_codec == null) {
      _codec = message<Moved>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if (obj.relays != null && obj.relays.length > 0) {
          for (const value of obj.relays) {
            w.uint32(10)
            w.string(value)
          }
        }

        if ((obj.retryMs != null && obj.retryMs !== 0)) {
          w.uint32(16)
          w.uint32(obj.retryMs)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          relays: [],
          retryMs: 0
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              if (opts.limits?.relays != null && obj.relays.length === opts.limits.relays) {
                throw new MaxLengthError('Decode error - repeated field "relays" had too many elements')
              }

              obj.relays.push(reader.string())
              break
            }
            case 2: {
              obj.retryMs = reader.uint32()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const obj = {
          relays: 0
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              if (opts.limits?.relays != null && obj.relays === opts.limits.relays) {
                throw new MaxLengthError('Streaming decode error - repeated field "relays" had too many elements')
              }

              yield {
                field: `${prefix}.relays[]`,
                index: obj.relays,
                value: reader.string()
              }

              obj.relays++

              break
            }
            case 2: {
              yield {
                field: `${prefix}.retryMs`,
                value: reader.uint32()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface MovedRelaysFieldEvent {
    field: '$.relays[]'
    index: number
    value: string
  }

  export interface MovedRetryMsFieldEvent {
    field: '$.retryMs'
    value: number
  }

  export function encode (obj: Partial<Moved>): Uint8Array {
    return encodeMessage(obj, Moved.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Moved>): Moved {
    return decodeMessage(buf, Moved.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Moved>): Generator<MovedRelaysFieldEvent | MovedRetryMsFieldEvent> {
    return streamMessage(buf, Moved.codec(), opts)
  }
}

export interface Probe {
  answer: boolean
}

export namespace Probe {
  let _codec: Codec<Probe>

  export const codec = (): Codec<Probe> => {
    if (_codec == null) {
      _codec = message<Probe>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.answer != null && obj.answer !== false)) {
          w.uint32(8)
          w.bool(obj.answer)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          answer: false
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.answer = reader.bool()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.answer`,
                value: reader.bool()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface ProbeAnswerFieldEvent {
    field: '$.answer'
    value: boolean
  }

  export function encode (obj: Partial<Probe>): Uint8Array {
    return encodeMessage(obj, Probe.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Probe>): Probe {
    return decodeMessage(buf, Probe.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Probe>): Generator<ProbeAnswerFieldEvent> {
    return streamMessage(buf, Probe.codec(), opts)
  }
}

export interface OpenSessionRequest {
  account: Uint8Array
  manifest: Uint8Array
  token?: string
  run: Uint8Array
  runsBefore: Uint8Array[]
}

export namespace OpenSessionRequest {
  let _codec: Codec<OpenSessionRequest>

  export const codec = (): Codec<OpenSessionRequest> => {
    if (_codec == null) {
      _codec = message<OpenSessionRequest>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.account != null && obj.account.byteLength > 0)) {
          w.uint32(10)
          w.bytes(obj.account)
        }

        if ((obj.manifest != null && obj.manifest.byteLength > 0)) {
          w.uint32(18)
          w.bytes(obj.manifest)
        }

        if (obj.token != null) {
          w.uint32(26)
          w.string(obj.token)
        }

        if ((obj.run != null && obj.run.byteLength > 0)) {
          w.uint32(34)
          w.bytes(obj.run)
        }

        if (obj.runsBefore != null && obj.runsBefore.length > 0) {
          for (const value of obj.runsBefore) {
            w.uint32(42)
            w.bytes(value)
          }
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          account: uint8ArrayAlloc(0),
          manifest: uint8ArrayAlloc(0),
          run: uint8ArrayAlloc(0),
          runsBefore: []
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.account = reader.bytes()
              break
            }
            case 2: {
              obj.manifest = reader.bytes()
              break
            }
            case 3: {
              obj.token = reader.string()
              break
            }
            case 4: {
              obj.run = reader.bytes()
              break
            }
            case 5: {
              if (opts.limits?.runsBefore != null && obj.runsBefore.length === opts.limits.runsBefore) {
                throw new MaxLengthError('Decode error - repeated field "runsBefore" had too many elements')
              }

              obj.runsBefore.push(reader.bytes())
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const obj = {
          runsBefore: 0
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.account`,
                value: reader.bytes()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.manifest`,
                value: reader.bytes()
              }
              break
            }
            case 3: {
              yield {
                field: `${prefix}.token`,
                value: reader.string()
              }
              break
            }
            case 4: {
              yield {
                field: `${prefix}.run`,
                value: reader.bytes()
              }
              break
            }
            case 5: {
              if (opts.limits?.runsBefore != null && obj.runsBefore === opts.limits.runsBefore) {
                throw new MaxLengthError('Streaming decode error - repeated field "runsBefore" had too many elements')
              }

              yield {
                field: `${prefix}.runsBefore[]`,
                index: obj.runsBefore,
                value: reader.bytes()
              }

              obj.runsBefore++

              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface OpenSessionRequestAccountFieldEvent {
    field: '$.account'
    value: Uint8Array
  }

  export interface OpenSessionRequestManifestFieldEvent {
    field: '$.manifest'
    value: Uint8Array
  }

  export interface OpenSessionRequestTokenFieldEvent {
    field: '$.token'
    value: string
  }

  export interface OpenSessionRequestRunFieldEvent {
    field: '$.run'
    value: Uint8Array
  }

  export interface OpenSessionRequestRunsBeforeFieldEvent {
    field: '$.runsBefore[]'
    index: number
    value: Uint8Array
  }

  export function encode (obj: Partial<OpenSessionRequest>): Uint8Array {
    return encodeMessage(obj, OpenSessionRequest.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<OpenSessionRequest>): OpenSessionRequest {
    return decodeMessage(buf, OpenSessionRequest.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<OpenSessionRequest>): Generator<OpenSessionRequestAccountFieldEvent | OpenSessionRequestManifestFieldEvent | OpenSessionRequestTokenFieldEvent | OpenSessionRequestRunFieldEvent | OpenSessionRequestRunsBeforeFieldEvent> {
    return streamMessage(buf, OpenSessionRequest.codec(), opts)
  }
}

export interface SessionReply {
  id: Uint8Array
  expiresMs: number
  role: number
  manifest?: Uint8Array
}

export namespace SessionReply {
  let _codec: Codec<SessionReply>

  export const codec = (): Codec<SessionReply> => {
    if (_codec == null) {
      _codec = message<SessionReply>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.id != null && obj.id.byteLength > 0)) {
          w.uint32(10)
          w.bytes(obj.id)
        }

        if ((obj.expiresMs != null && obj.expiresMs !== 0)) {
          w.uint32(16)
          w.uint32(obj.expiresMs)
        }

        if ((obj.role != null && obj.role !== 0)) {
          w.uint32(24)
          w.uint32(obj.role)
        }

        if (obj.manifest != null) {
          w.uint32(34)
          w.bytes(obj.manifest)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          id: uint8ArrayAlloc(0),
          expiresMs: 0,
          role: 0
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.id = reader.bytes()
              break
            }
            case 2: {
              obj.expiresMs = reader.uint32()
              break
            }
            case 3: {
              obj.role = reader.uint32()
              break
            }
            case 4: {
              obj.manifest = reader.bytes()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.id`,
                value: reader.bytes()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.expiresMs`,
                value: reader.uint32()
              }
              break
            }
            case 3: {
              yield {
                field: `${prefix}.role`,
                value: reader.uint32()
              }
              break
            }
            case 4: {
              yield {
                field: `${prefix}.manifest`,
                value: reader.bytes()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface SessionReplyIdFieldEvent {
    field: '$.id'
    value: Uint8Array
  }

  export interface SessionReplyExpiresMsFieldEvent {
    field: '$.expiresMs'
    value: number
  }

  export interface SessionReplyRoleFieldEvent {
    field: '$.role'
    value: number
  }

  export interface SessionReplyManifestFieldEvent {
    field: '$.manifest'
    value: Uint8Array
  }

  export function encode (obj: Partial<SessionReply>): Uint8Array {
    return encodeMessage(obj, SessionReply.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<SessionReply>): SessionReply {
    return decodeMessage(buf, SessionReply.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<SessionReply>): Generator<SessionReplyIdFieldEvent | SessionReplyExpiresMsFieldEvent | SessionReplyRoleFieldEvent | SessionReplyManifestFieldEvent> {
    return streamMessage(buf, SessionReply.codec(), opts)
  }
}

export interface RenewSessionRequest {}

export namespace RenewSessionRequest {
  let _codec: Codec<RenewSessionRequest>

  export const codec = (): Codec<RenewSessionRequest> => {
    if (_codec == null) {
      _codec = message<RenewSessionRequest>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {}

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export function encode (obj: Partial<RenewSessionRequest>): Uint8Array {
    return encodeMessage(obj, RenewSessionRequest.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<RenewSessionRequest>): RenewSessionRequest {
    return decodeMessage(buf, RenewSessionRequest.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<RenewSessionRequest>): Generator<{}> {
    return streamMessage(buf, RenewSessionRequest.codec(), opts)
  }
}

export interface CloseSessionRequest {}

export namespace CloseSessionRequest {
  let _codec: Codec<CloseSessionRequest>

  export const codec = (): Codec<CloseSessionRequest> => {
    if (_codec == null) {
      _codec = message<CloseSessionRequest>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {}

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export function encode (obj: Partial<CloseSessionRequest>): Uint8Array {
    return encodeMessage(obj, CloseSessionRequest.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<CloseSessionRequest>): CloseSessionRequest {
    return decodeMessage(buf, CloseSessionRequest.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<CloseSessionRequest>): Generator<{}> {
    return streamMessage(buf, CloseSessionRequest.codec(), opts)
  }
}

export interface Empty {}

export namespace Empty {
  let _codec: Codec<Empty>

  export const codec = (): Codec<Empty> => {
    if (_codec == null) {
      _codec = message<Empty>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {}

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export function encode (obj: Partial<Empty>): Uint8Array {
    return encodeMessage(obj, Empty.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Empty>): Empty {
    return decodeMessage(buf, Empty.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Empty>): Generator<{}> {
    return streamMessage(buf, Empty.codec(), opts)
  }
}

export interface DeviceSession {
  device: Uint8Array
  seen: number
  open: boolean
  way: number
}

export namespace DeviceSession {
  let _codec: Codec<DeviceSession>

  export const codec = (): Codec<DeviceSession> => {
    if (_codec == null) {
      _codec = message<DeviceSession>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.device != null && obj.device.byteLength > 0)) {
          w.uint32(10)
          w.bytes(obj.device)
        }

        if ((obj.seen != null && obj.seen !== 0)) {
          w.uint32(16)
          w.uint64Number(obj.seen)
        }

        if ((obj.open != null && obj.open !== false)) {
          w.uint32(24)
          w.bool(obj.open)
        }

        if ((obj.way != null && obj.way !== 0)) {
          w.uint32(32)
          w.uint32(obj.way)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          device: uint8ArrayAlloc(0),
          seen: 0,
          open: false,
          way: 0
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.device = reader.bytes()
              break
            }
            case 2: {
              obj.seen = reader.uint64Number()
              break
            }
            case 3: {
              obj.open = reader.bool()
              break
            }
            case 4: {
              obj.way = reader.uint32()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.device`,
                value: reader.bytes()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.seen`,
                value: reader.uint64Number()
              }
              break
            }
            case 3: {
              yield {
                field: `${prefix}.open`,
                value: reader.bool()
              }
              break
            }
            case 4: {
              yield {
                field: `${prefix}.way`,
                value: reader.uint32()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface DeviceSessionDeviceFieldEvent {
    field: '$.device'
    value: Uint8Array
  }

  export interface DeviceSessionSeenFieldEvent {
    field: '$.seen'
    value: number
  }

  export interface DeviceSessionOpenFieldEvent {
    field: '$.open'
    value: boolean
  }

  export interface DeviceSessionWayFieldEvent {
    field: '$.way'
    value: number
  }

  export function encode (obj: Partial<DeviceSession>): Uint8Array {
    return encodeMessage(obj, DeviceSession.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<DeviceSession>): DeviceSession {
    return decodeMessage(buf, DeviceSession.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<DeviceSession>): Generator<DeviceSessionDeviceFieldEvent | DeviceSessionSeenFieldEvent | DeviceSessionOpenFieldEvent | DeviceSessionWayFieldEvent> {
    return streamMessage(buf, DeviceSession.codec(), opts)
  }
}

export interface SessionsReply {
  sessions: DeviceSession[]
}

export namespace SessionsReply {
  let _codec: Codec<SessionsReply>

  export const codec = (): Codec<SessionsReply> => {
    if (_codec == null) {
      _codec = message<SessionsReply>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if (obj.sessions != null && obj.sessions.length > 0) {
          for (const value of obj.sessions) {
            w.uint32(10)
            DeviceSession.codec().encode(value, w)
          }
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          sessions: []
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              if (opts.limits?.sessions != null && obj.sessions.length === opts.limits.sessions) {
                throw new MaxLengthError('Decode error - repeated field "sessions" had too many elements')
              }

              obj.sessions.push(DeviceSession.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.sessions$
              }))
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const obj = {
          sessions: 0
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              if (opts.limits?.sessions != null && obj.sessions === opts.limits.sessions) {
                throw new MaxLengthError('Streaming decode error - repeated field "sessions" had too many elements')
              }

              for (const evt of DeviceSession.codec().stream(reader, reader.uint32(), `${prefix}.sessions[]`, {
                limits: opts.limits?.sessions$
              })) {
                yield {
                  ...evt,
                  index: obj.sessions
                }
              }

              obj.sessions++

              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface SessionsReplySessionsDeviceFieldEvent {
    field: '$.sessions[].device'
    value: Uint8Array
    index: number
  }

  export interface SessionsReplySessionsSeenFieldEvent {
    field: '$.sessions[].seen'
    value: number
    index: number
  }

  export interface SessionsReplySessionsOpenFieldEvent {
    field: '$.sessions[].open'
    value: boolean
    index: number
  }

  export interface SessionsReplySessionsWayFieldEvent {
    field: '$.sessions[].way'
    value: number
    index: number
  }

  export function encode (obj: Partial<SessionsReply>): Uint8Array {
    return encodeMessage(obj, SessionsReply.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<SessionsReply>): SessionsReply {
    return decodeMessage(buf, SessionsReply.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<SessionsReply>): Generator<SessionsReplySessionsDeviceFieldEvent | SessionsReplySessionsSeenFieldEvent | SessionsReplySessionsOpenFieldEvent | SessionsReplySessionsWayFieldEvent> {
    return streamMessage(buf, SessionsReply.codec(), opts)
  }
}

export interface AccountPush {
  manifest: Uint8Array
}

export namespace AccountPush {
  let _codec: Codec<AccountPush>

  export const codec = (): Codec<AccountPush> => {
    if (_codec == null) {
      _codec = message<AccountPush>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.manifest != null && obj.manifest.byteLength > 0)) {
          w.uint32(10)
          w.bytes(obj.manifest)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          manifest: uint8ArrayAlloc(0)
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.manifest = reader.bytes()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.manifest`,
                value: reader.bytes()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface AccountPushManifestFieldEvent {
    field: '$.manifest'
    value: Uint8Array
  }

  export function encode (obj: Partial<AccountPush>): Uint8Array {
    return encodeMessage(obj, AccountPush.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<AccountPush>): AccountPush {
    return decodeMessage(buf, AccountPush.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<AccountPush>): Generator<AccountPushManifestFieldEvent> {
    return streamMessage(buf, AccountPush.codec(), opts)
  }
}

export interface CapabilityProof {
  log: Uint8Array
  right: number
  key: Uint8Array
  signature: Uint8Array
  delegation?: Uint8Array
}

export namespace CapabilityProof {
  let _codec: Codec<CapabilityProof>

  export const codec = (): Codec<CapabilityProof> => {
    if (_codec == null) {
      _codec = message<CapabilityProof>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.log != null && obj.log.byteLength > 0)) {
          w.uint32(10)
          w.bytes(obj.log)
        }

        if ((obj.right != null && obj.right !== 0)) {
          w.uint32(16)
          w.uint32(obj.right)
        }

        if ((obj.key != null && obj.key.byteLength > 0)) {
          w.uint32(26)
          w.bytes(obj.key)
        }

        if ((obj.signature != null && obj.signature.byteLength > 0)) {
          w.uint32(34)
          w.bytes(obj.signature)
        }

        if (obj.delegation != null) {
          w.uint32(42)
          w.bytes(obj.delegation)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          log: uint8ArrayAlloc(0),
          right: 0,
          key: uint8ArrayAlloc(0),
          signature: uint8ArrayAlloc(0)
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.log = reader.bytes()
              break
            }
            case 2: {
              obj.right = reader.uint32()
              break
            }
            case 3: {
              obj.key = reader.bytes()
              break
            }
            case 4: {
              obj.signature = reader.bytes()
              break
            }
            case 5: {
              obj.delegation = reader.bytes()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.log`,
                value: reader.bytes()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.right`,
                value: reader.uint32()
              }
              break
            }
            case 3: {
              yield {
                field: `${prefix}.key`,
                value: reader.bytes()
              }
              break
            }
            case 4: {
              yield {
                field: `${prefix}.signature`,
                value: reader.bytes()
              }
              break
            }
            case 5: {
              yield {
                field: `${prefix}.delegation`,
                value: reader.bytes()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface CapabilityProofLogFieldEvent {
    field: '$.log'
    value: Uint8Array
  }

  export interface CapabilityProofRightFieldEvent {
    field: '$.right'
    value: number
  }

  export interface CapabilityProofKeyFieldEvent {
    field: '$.key'
    value: Uint8Array
  }

  export interface CapabilityProofSignatureFieldEvent {
    field: '$.signature'
    value: Uint8Array
  }

  export interface CapabilityProofDelegationFieldEvent {
    field: '$.delegation'
    value: Uint8Array
  }

  export function encode (obj: Partial<CapabilityProof>): Uint8Array {
    return encodeMessage(obj, CapabilityProof.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<CapabilityProof>): CapabilityProof {
    return decodeMessage(buf, CapabilityProof.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<CapabilityProof>): Generator<CapabilityProofLogFieldEvent | CapabilityProofRightFieldEvent | CapabilityProofKeyFieldEvent | CapabilityProofSignatureFieldEvent | CapabilityProofDelegationFieldEvent> {
    return streamMessage(buf, CapabilityProof.codec(), opts)
  }
}

export interface ProveRequest {
  proofs: CapabilityProof[]
}

export namespace ProveRequest {
  let _codec: Codec<ProveRequest>

  export const codec = (): Codec<ProveRequest> => {
    if (_codec == null) {
      _codec = message<ProveRequest>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if (obj.proofs != null && obj.proofs.length > 0) {
          for (const value of obj.proofs) {
            w.uint32(10)
            CapabilityProof.codec().encode(value, w)
          }
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          proofs: []
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              if (opts.limits?.proofs != null && obj.proofs.length === opts.limits.proofs) {
                throw new MaxLengthError('Decode error - repeated field "proofs" had too many elements')
              }

              obj.proofs.push(CapabilityProof.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.proofs$
              }))
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const obj = {
          proofs: 0
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              if (opts.limits?.proofs != null && obj.proofs === opts.limits.proofs) {
                throw new MaxLengthError('Streaming decode error - repeated field "proofs" had too many elements')
              }

              for (const evt of CapabilityProof.codec().stream(reader, reader.uint32(), `${prefix}.proofs[]`, {
                limits: opts.limits?.proofs$
              })) {
                yield {
                  ...evt,
                  index: obj.proofs
                }
              }

              obj.proofs++

              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface ProveRequestProofsLogFieldEvent {
    field: '$.proofs[].log'
    value: Uint8Array
    index: number
  }

  export interface ProveRequestProofsRightFieldEvent {
    field: '$.proofs[].right'
    value: number
    index: number
  }

  export interface ProveRequestProofsKeyFieldEvent {
    field: '$.proofs[].key'
    value: Uint8Array
    index: number
  }

  export interface ProveRequestProofsSignatureFieldEvent {
    field: '$.proofs[].signature'
    value: Uint8Array
    index: number
  }

  export interface ProveRequestProofsDelegationFieldEvent {
    field: '$.proofs[].delegation'
    value: Uint8Array
    index: number
  }

  export function encode (obj: Partial<ProveRequest>): Uint8Array {
    return encodeMessage(obj, ProveRequest.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<ProveRequest>): ProveRequest {
    return decodeMessage(buf, ProveRequest.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<ProveRequest>): Generator<ProveRequestProofsLogFieldEvent | ProveRequestProofsRightFieldEvent | ProveRequestProofsKeyFieldEvent | ProveRequestProofsSignatureFieldEvent | ProveRequestProofsDelegationFieldEvent> {
    return streamMessage(buf, ProveRequest.codec(), opts)
  }
}

export interface ProveReply {
  outcomes: ProofOutcome[]
}

export namespace ProveReply {
  let _codec: Codec<ProveReply>

  export const codec = (): Codec<ProveReply> => {
    if (_codec == null) {
      _codec = message<ProveReply>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if (obj.outcomes != null && obj.outcomes.length > 0) {
          for (const value of obj.outcomes) {
            w.uint32(10)
            ProofOutcome.codec().encode(value, w)
          }
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          outcomes: []
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              if (opts.limits?.outcomes != null && obj.outcomes.length === opts.limits.outcomes) {
                throw new MaxLengthError('Decode error - repeated field "outcomes" had too many elements')
              }

              obj.outcomes.push(ProofOutcome.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.outcomes$
              }))
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const obj = {
          outcomes: 0
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              if (opts.limits?.outcomes != null && obj.outcomes === opts.limits.outcomes) {
                throw new MaxLengthError('Streaming decode error - repeated field "outcomes" had too many elements')
              }

              for (const evt of ProofOutcome.codec().stream(reader, reader.uint32(), `${prefix}.outcomes[]`, {
                limits: opts.limits?.outcomes$
              })) {
                yield {
                  ...evt,
                  index: obj.outcomes
                }
              }

              obj.outcomes++

              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface ProveReplyOutcomesFailureCodeFieldEvent {
    field: '$.outcomes[].failure.code'
    value: string
    index: number
  }

  export interface ProveReplyOutcomesFailureMessageFieldEvent {
    field: '$.outcomes[].failure.message'
    value: string
    index: number
  }

  export interface ProveReplyOutcomesFailureDetailsFieldEvent {
    field: '$.outcomes[].failure.details'
    value: Uint8Array
    index: number
  }

  export function encode (obj: Partial<ProveReply>): Uint8Array {
    return encodeMessage(obj, ProveReply.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<ProveReply>): ProveReply {
    return decodeMessage(buf, ProveReply.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<ProveReply>): Generator<ProveReplyOutcomesFailureCodeFieldEvent | ProveReplyOutcomesFailureMessageFieldEvent | ProveReplyOutcomesFailureDetailsFieldEvent> {
    return streamMessage(buf, ProveReply.codec(), opts)
  }
}

export interface ProofOutcome {
  failure?: Failure
}

export namespace ProofOutcome {
  let _codec: Codec<ProofOutcome>

  export const codec = (): Codec<ProofOutcome> => {
    if (_codec == null) {
      _codec = message<ProofOutcome>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if (obj.failure != null) {
          w.uint32(10)
          Failure.codec().encode(obj.failure, w)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {}

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.failure = Failure.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.failure
              })
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield * Failure.codec().stream(reader, reader.uint32(), `${prefix}.failure`, {
                limits: opts.limits?.failure
              })

              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface ProofOutcomeFailureCodeFieldEvent {
    field: '$.failure.code'
    value: string
  }

  export interface ProofOutcomeFailureMessageFieldEvent {
    field: '$.failure.message'
    value: string
  }

  export interface ProofOutcomeFailureDetailsFieldEvent {
    field: '$.failure.details'
    value: Uint8Array
  }

  export function encode (obj: Partial<ProofOutcome>): Uint8Array {
    return encodeMessage(obj, ProofOutcome.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<ProofOutcome>): ProofOutcome {
    return decodeMessage(buf, ProofOutcome.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<ProofOutcome>): Generator<ProofOutcomeFailureCodeFieldEvent | ProofOutcomeFailureMessageFieldEvent | ProofOutcomeFailureDetailsFieldEvent> {
    return streamMessage(buf, ProofOutcome.codec(), opts)
  }
}

export interface CreateLogRequest {
  genesis: Uint8Array
  open: Uint8Array
}

export namespace CreateLogRequest {
  let _codec: Codec<CreateLogRequest>

  export const codec = (): Codec<CreateLogRequest> => {
    if (_codec == null) {
      _codec = message<CreateLogRequest>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.genesis != null && obj.genesis.byteLength > 0)) {
          w.uint32(10)
          w.bytes(obj.genesis)
        }

        if ((obj.open != null && obj.open.byteLength > 0)) {
          w.uint32(18)
          w.bytes(obj.open)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          genesis: uint8ArrayAlloc(0),
          open: uint8ArrayAlloc(0)
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.genesis = reader.bytes()
              break
            }
            case 2: {
              obj.open = reader.bytes()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.genesis`,
                value: reader.bytes()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.open`,
                value: reader.bytes()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface CreateLogRequestGenesisFieldEvent {
    field: '$.genesis'
    value: Uint8Array
  }

  export interface CreateLogRequestOpenFieldEvent {
    field: '$.open'
    value: Uint8Array
  }

  export function encode (obj: Partial<CreateLogRequest>): Uint8Array {
    return encodeMessage(obj, CreateLogRequest.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<CreateLogRequest>): CreateLogRequest {
    return decodeMessage(buf, CreateLogRequest.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<CreateLogRequest>): Generator<CreateLogRequestGenesisFieldEvent | CreateLogRequestOpenFieldEvent> {
    return streamMessage(buf, CreateLogRequest.codec(), opts)
  }
}

export interface HeadReply {
  head: Uint8Array
}

export namespace HeadReply {
  let _codec: Codec<HeadReply>

  export const codec = (): Codec<HeadReply> => {
    if (_codec == null) {
      _codec = message<HeadReply>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.head != null && obj.head.byteLength > 0)) {
          w.uint32(10)
          w.bytes(obj.head)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          head: uint8ArrayAlloc(0)
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.head = reader.bytes()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.head`,
                value: reader.bytes()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface HeadReplyHeadFieldEvent {
    field: '$.head'
    value: Uint8Array
  }

  export function encode (obj: Partial<HeadReply>): Uint8Array {
    return encodeMessage(obj, HeadReply.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<HeadReply>): HeadReply {
    return decodeMessage(buf, HeadReply.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<HeadReply>): Generator<HeadReplyHeadFieldEvent> {
    return streamMessage(buf, HeadReply.codec(), opts)
  }
}

export interface AppendItem {
  id: Uint8Array
  kind: number
  payload: Uint8Array
  base?: number
  caps?: Uint8Array
  erasers: Uint8Array[]
  expectHead?: number
  expectTerm?: number
}

export namespace AppendItem {
  let _codec: Codec<AppendItem>

  export const codec = (): Codec<AppendItem> => {
    if (_codec == null) {
      _codec = message<AppendItem>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.id != null && obj.id.byteLength > 0)) {
          w.uint32(10)
          w.bytes(obj.id)
        }

        if ((obj.kind != null && obj.kind !== 0)) {
          w.uint32(16)
          w.uint32(obj.kind)
        }

        if ((obj.payload != null && obj.payload.byteLength > 0)) {
          w.uint32(26)
          w.bytes(obj.payload)
        }

        if (obj.base != null) {
          w.uint32(32)
          w.uint64Number(obj.base)
        }

        if (obj.caps != null) {
          w.uint32(42)
          w.bytes(obj.caps)
        }

        if (obj.erasers != null && obj.erasers.length > 0) {
          for (const value of obj.erasers) {
            w.uint32(50)
            w.bytes(value)
          }
        }

        if (obj.expectHead != null) {
          w.uint32(56)
          w.uint64Number(obj.expectHead)
        }

        if (obj.expectTerm != null) {
          w.uint32(64)
          w.uint64Number(obj.expectTerm)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          id: uint8ArrayAlloc(0),
          kind: 0,
          payload: uint8ArrayAlloc(0),
          erasers: []
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.id = reader.bytes()
              break
            }
            case 2: {
              obj.kind = reader.uint32()
              break
            }
            case 3: {
              obj.payload = reader.bytes()
              break
            }
            case 4: {
              obj.base = reader.uint64Number()
              break
            }
            case 5: {
              obj.caps = reader.bytes()
              break
            }
            case 6: {
              if (opts.limits?.erasers != null && obj.erasers.length === opts.limits.erasers) {
                throw new MaxLengthError('Decode error - repeated field "erasers" had too many elements')
              }

              obj.erasers.push(reader.bytes())
              break
            }
            case 7: {
              obj.expectHead = reader.uint64Number()
              break
            }
            case 8: {
              obj.expectTerm = reader.uint64Number()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const obj = {
          erasers: 0
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.id`,
                value: reader.bytes()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.kind`,
                value: reader.uint32()
              }
              break
            }
            case 3: {
              yield {
                field: `${prefix}.payload`,
                value: reader.bytes()
              }
              break
            }
            case 4: {
              yield {
                field: `${prefix}.base`,
                value: reader.uint64Number()
              }
              break
            }
            case 5: {
              yield {
                field: `${prefix}.caps`,
                value: reader.bytes()
              }
              break
            }
            case 6: {
              if (opts.limits?.erasers != null && obj.erasers === opts.limits.erasers) {
                throw new MaxLengthError('Streaming decode error - repeated field "erasers" had too many elements')
              }

              yield {
                field: `${prefix}.erasers[]`,
                index: obj.erasers,
                value: reader.bytes()
              }

              obj.erasers++

              break
            }
            case 7: {
              yield {
                field: `${prefix}.expectHead`,
                value: reader.uint64Number()
              }
              break
            }
            case 8: {
              yield {
                field: `${prefix}.expectTerm`,
                value: reader.uint64Number()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface AppendItemIdFieldEvent {
    field: '$.id'
    value: Uint8Array
  }

  export interface AppendItemKindFieldEvent {
    field: '$.kind'
    value: number
  }

  export interface AppendItemPayloadFieldEvent {
    field: '$.payload'
    value: Uint8Array
  }

  export interface AppendItemBaseFieldEvent {
    field: '$.base'
    value: number
  }

  export interface AppendItemCapsFieldEvent {
    field: '$.caps'
    value: Uint8Array
  }

  export interface AppendItemErasersFieldEvent {
    field: '$.erasers[]'
    index: number
    value: Uint8Array
  }

  export interface AppendItemExpectHeadFieldEvent {
    field: '$.expectHead'
    value: number
  }

  export interface AppendItemExpectTermFieldEvent {
    field: '$.expectTerm'
    value: number
  }

  export function encode (obj: Partial<AppendItem>): Uint8Array {
    return encodeMessage(obj, AppendItem.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<AppendItem>): AppendItem {
    return decodeMessage(buf, AppendItem.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<AppendItem>): Generator<AppendItemIdFieldEvent | AppendItemKindFieldEvent | AppendItemPayloadFieldEvent | AppendItemBaseFieldEvent | AppendItemCapsFieldEvent | AppendItemErasersFieldEvent | AppendItemExpectHeadFieldEvent | AppendItemExpectTermFieldEvent> {
    return streamMessage(buf, AppendItem.codec(), opts)
  }
}

export interface AppendRequest {
  log: Uint8Array
  items: AppendItem[]
  pipeline?: number
  runs: boolean
}

export namespace AppendRequest {
  let _codec: Codec<AppendRequest>

  export const codec = (): Codec<AppendRequest> => {
    if (_codec == null) {
      _codec = message<AppendRequest>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.log != null && obj.log.byteLength > 0)) {
          w.uint32(10)
          w.bytes(obj.log)
        }

        if (obj.items != null && obj.items.length > 0) {
          for (const value of obj.items) {
            w.uint32(18)
            AppendItem.codec().encode(value, w)
          }
        }

        if (obj.pipeline != null) {
          w.uint32(24)
          w.uint32(obj.pipeline)
        }

        if ((obj.runs != null && obj.runs !== false)) {
          w.uint32(32)
          w.bool(obj.runs)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          log: uint8ArrayAlloc(0),
          items: [],
          runs: false
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.log = reader.bytes()
              break
            }
            case 2: {
              if (opts.limits?.items != null && obj.items.length === opts.limits.items) {
                throw new MaxLengthError('Decode error - repeated field "items" had too many elements')
              }

              obj.items.push(AppendItem.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.items$
              }))
              break
            }
            case 3: {
              obj.pipeline = reader.uint32()
              break
            }
            case 4: {
              obj.runs = reader.bool()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const obj = {
          items: 0
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.log`,
                value: reader.bytes()
              }
              break
            }
            case 2: {
              if (opts.limits?.items != null && obj.items === opts.limits.items) {
                throw new MaxLengthError('Streaming decode error - repeated field "items" had too many elements')
              }

              for (const evt of AppendItem.codec().stream(reader, reader.uint32(), `${prefix}.items[]`, {
                limits: opts.limits?.items$
              })) {
                yield {
                  ...evt,
                  index: obj.items
                }
              }

              obj.items++

              break
            }
            case 3: {
              yield {
                field: `${prefix}.pipeline`,
                value: reader.uint32()
              }
              break
            }
            case 4: {
              yield {
                field: `${prefix}.runs`,
                value: reader.bool()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface AppendRequestLogFieldEvent {
    field: '$.log'
    value: Uint8Array
  }

  export interface AppendRequestItemsIdFieldEvent {
    field: '$.items[].id'
    value: Uint8Array
    index: number
  }

  export interface AppendRequestItemsKindFieldEvent {
    field: '$.items[].kind'
    value: number
    index: number
  }

  export interface AppendRequestItemsPayloadFieldEvent {
    field: '$.items[].payload'
    value: Uint8Array
    index: number
  }

  export interface AppendRequestItemsBaseFieldEvent {
    field: '$.items[].base'
    value: number
    index: number
  }

  export interface AppendRequestItemsCapsFieldEvent {
    field: '$.items[].caps'
    value: Uint8Array
    index: number
  }

  export interface AppendRequestItemsErasersFieldEvent {
    field: '$.items[].erasers[]'
    index: number
    value: Uint8Array
  }

  export interface AppendRequestItemsExpectHeadFieldEvent {
    field: '$.items[].expectHead'
    value: number
    index: number
  }

  export interface AppendRequestItemsExpectTermFieldEvent {
    field: '$.items[].expectTerm'
    value: number
    index: number
  }

  export interface AppendRequestPipelineFieldEvent {
    field: '$.pipeline'
    value: number
  }

  export interface AppendRequestRunsFieldEvent {
    field: '$.runs'
    value: boolean
  }

  export function encode (obj: Partial<AppendRequest>): Uint8Array {
    return encodeMessage(obj, AppendRequest.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<AppendRequest>): AppendRequest {
    return decodeMessage(buf, AppendRequest.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<AppendRequest>): Generator<AppendRequestLogFieldEvent | AppendRequestItemsIdFieldEvent | AppendRequestItemsKindFieldEvent | AppendRequestItemsPayloadFieldEvent | AppendRequestItemsBaseFieldEvent | AppendRequestItemsCapsFieldEvent | AppendRequestItemsErasersFieldEvent | AppendRequestItemsExpectHeadFieldEvent | AppendRequestItemsExpectTermFieldEvent | AppendRequestPipelineFieldEvent | AppendRequestRunsFieldEvent> {
    return streamMessage(buf, AppendRequest.codec(), opts)
  }
}

export interface AppendReply {
  outcomes: AppendOutcome[]
  run?: AppendRun
}

export namespace AppendReply {
  let _codec: Codec<AppendReply>

  export const codec = (): Codec<AppendReply> => {
    if (_codec == null) {
      _codec = message<AppendReply>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if (obj.outcomes != null && obj.outcomes.length > 0) {
          for (const value of obj.outcomes) {
            w.uint32(10)
            AppendOutcome.codec().encode(value, w)
          }
        }

        if (obj.run != null) {
          w.uint32(18)
          AppendRun.codec().encode(obj.run, w)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          outcomes: []
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              if (opts.limits?.outcomes != null && obj.outcomes.length === opts.limits.outcomes) {
                throw new MaxLengthError('Decode error - repeated field "outcomes" had too many elements')
              }

              obj.outcomes.push(AppendOutcome.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.outcomes$
              }))
              break
            }
            case 2: {
              obj.run = AppendRun.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.run
              })
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const obj = {
          outcomes: 0
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              if (opts.limits?.outcomes != null && obj.outcomes === opts.limits.outcomes) {
                throw new MaxLengthError('Streaming decode error - repeated field "outcomes" had too many elements')
              }

              for (const evt of AppendOutcome.codec().stream(reader, reader.uint32(), `${prefix}.outcomes[]`, {
                limits: opts.limits?.outcomes$
              })) {
                yield {
                  ...evt,
                  index: obj.outcomes
                }
              }

              obj.outcomes++

              break
            }
            case 2: {
              yield * AppendRun.codec().stream(reader, reader.uint32(), `${prefix}.run`, {
                limits: opts.limits?.run
              })

              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface AppendReplyOutcomesReceiptFieldEvent {
    field: '$.outcomes[].receipt'
    value: Uint8Array
    index: number
  }

  export interface AppendReplyOutcomesDuplicateFieldEvent {
    field: '$.outcomes[].duplicate'
    value: boolean
    index: number
  }

  export interface AppendReplyOutcomesFailureCodeFieldEvent {
    field: '$.outcomes[].failure.code'
    value: string
    index: number
  }

  export interface AppendReplyOutcomesFailureMessageFieldEvent {
    field: '$.outcomes[].failure.message'
    value: string
    index: number
  }

  export interface AppendReplyOutcomesFailureDetailsFieldEvent {
    field: '$.outcomes[].failure.details'
    value: Uint8Array
    index: number
  }

  export interface AppendReplyRunReceiptFieldEvent {
    field: '$.run.receipt'
    value: Uint8Array
  }

  export interface AppendReplyRunPrevFieldEvent {
    field: '$.run.prev'
    value: Uint8Array
  }

  export interface AppendReplyRunEarlierFieldEvent {
    field: '$.run.earlier[]'
    index: number
    value: number
  }

  export function encode (obj: Partial<AppendReply>): Uint8Array {
    return encodeMessage(obj, AppendReply.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<AppendReply>): AppendReply {
    return decodeMessage(buf, AppendReply.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<AppendReply>): Generator<AppendReplyOutcomesReceiptFieldEvent | AppendReplyOutcomesDuplicateFieldEvent | AppendReplyOutcomesFailureCodeFieldEvent | AppendReplyOutcomesFailureMessageFieldEvent | AppendReplyOutcomesFailureDetailsFieldEvent | AppendReplyRunReceiptFieldEvent | AppendReplyRunPrevFieldEvent | AppendReplyRunEarlierFieldEvent> {
    return streamMessage(buf, AppendReply.codec(), opts)
  }
}

export interface AppendRun {
  receipt: Uint8Array
  prev: Uint8Array
  earlier: number[]
}

export namespace AppendRun {
  let _codec: Codec<AppendRun>

  export const codec = (): Codec<AppendRun> => {
    if (_codec == null) {
      _codec = message<AppendRun>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.receipt != null && obj.receipt.byteLength > 0)) {
          w.uint32(10)
          w.bytes(obj.receipt)
        }

        if ((obj.prev != null && obj.prev.byteLength > 0)) {
          w.uint32(18)
          w.bytes(obj.prev)
        }

        if (obj.earlier != null && obj.earlier.length > 0) {
          for (const value of obj.earlier) {
            w.uint32(24)
            w.uint32(value)
          }
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          receipt: uint8ArrayAlloc(0),
          prev: uint8ArrayAlloc(0),
          earlier: []
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.receipt = reader.bytes()
              break
            }
            case 2: {
              obj.prev = reader.bytes()
              break
            }
            case 3: {
              if (opts.limits?.earlier != null && obj.earlier.length === opts.limits.earlier) {
                throw new MaxLengthError('Decode error - repeated field "earlier" had too many elements')
              }

              obj.earlier.push(reader.uint32())
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const obj = {
          earlier: 0
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.receipt`,
                value: reader.bytes()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.prev`,
                value: reader.bytes()
              }
              break
            }
            case 3: {
              if (opts.limits?.earlier != null && obj.earlier === opts.limits.earlier) {
                throw new MaxLengthError('Streaming decode error - repeated field "earlier" had too many elements')
              }

              yield {
                field: `${prefix}.earlier[]`,
                index: obj.earlier,
                value: reader.uint32()
              }

              obj.earlier++

              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface AppendRunReceiptFieldEvent {
    field: '$.receipt'
    value: Uint8Array
  }

  export interface AppendRunPrevFieldEvent {
    field: '$.prev'
    value: Uint8Array
  }

  export interface AppendRunEarlierFieldEvent {
    field: '$.earlier[]'
    index: number
    value: number
  }

  export function encode (obj: Partial<AppendRun>): Uint8Array {
    return encodeMessage(obj, AppendRun.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<AppendRun>): AppendRun {
    return decodeMessage(buf, AppendRun.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<AppendRun>): Generator<AppendRunReceiptFieldEvent | AppendRunPrevFieldEvent | AppendRunEarlierFieldEvent> {
    return streamMessage(buf, AppendRun.codec(), opts)
  }
}

export interface AppendOutcome {
  receipt?: Uint8Array
  duplicate: boolean
  failure?: Failure
}

export namespace AppendOutcome {
  let _codec: Codec<AppendOutcome>

  export const codec = (): Codec<AppendOutcome> => {
    if (_codec == null) {
      _codec = message<AppendOutcome>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if (obj.receipt != null) {
          w.uint32(10)
          w.bytes(obj.receipt)
        }

        if ((obj.duplicate != null && obj.duplicate !== false)) {
          w.uint32(16)
          w.bool(obj.duplicate)
        }

        if (obj.failure != null) {
          w.uint32(26)
          Failure.codec().encode(obj.failure, w)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          duplicate: false
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.receipt = reader.bytes()
              break
            }
            case 2: {
              obj.duplicate = reader.bool()
              break
            }
            case 3: {
              obj.failure = Failure.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.failure
              })
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.receipt`,
                value: reader.bytes()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.duplicate`,
                value: reader.bool()
              }
              break
            }
            case 3: {
              yield * Failure.codec().stream(reader, reader.uint32(), `${prefix}.failure`, {
                limits: opts.limits?.failure
              })

              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface AppendOutcomeReceiptFieldEvent {
    field: '$.receipt'
    value: Uint8Array
  }

  export interface AppendOutcomeDuplicateFieldEvent {
    field: '$.duplicate'
    value: boolean
  }

  export interface AppendOutcomeFailureCodeFieldEvent {
    field: '$.failure.code'
    value: string
  }

  export interface AppendOutcomeFailureMessageFieldEvent {
    field: '$.failure.message'
    value: string
  }

  export interface AppendOutcomeFailureDetailsFieldEvent {
    field: '$.failure.details'
    value: Uint8Array
  }

  export function encode (obj: Partial<AppendOutcome>): Uint8Array {
    return encodeMessage(obj, AppendOutcome.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<AppendOutcome>): AppendOutcome {
    return decodeMessage(buf, AppendOutcome.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<AppendOutcome>): Generator<AppendOutcomeReceiptFieldEvent | AppendOutcomeDuplicateFieldEvent | AppendOutcomeFailureCodeFieldEvent | AppendOutcomeFailureMessageFieldEvent | AppendOutcomeFailureDetailsFieldEvent> {
    return streamMessage(buf, AppendOutcome.codec(), opts)
  }
}

export interface WireEntry {
  leaf: Uint8Array
  payload?: Uint8Array
}

export namespace WireEntry {
  let _codec: Codec<WireEntry>

  export const codec = (): Codec<WireEntry> => {
    if (_codec == null) {
      _codec = message<WireEntry>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.leaf != null && obj.leaf.byteLength > 0)) {
          w.uint32(10)
          w.bytes(obj.leaf)
        }

        if (obj.payload != null) {
          w.uint32(18)
          w.bytes(obj.payload)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          leaf: uint8ArrayAlloc(0)
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.leaf = reader.bytes()
              break
            }
            case 2: {
              obj.payload = reader.bytes()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.leaf`,
                value: reader.bytes()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.payload`,
                value: reader.bytes()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface WireEntryLeafFieldEvent {
    field: '$.leaf'
    value: Uint8Array
  }

  export interface WireEntryPayloadFieldEvent {
    field: '$.payload'
    value: Uint8Array
  }

  export function encode (obj: Partial<WireEntry>): Uint8Array {
    return encodeMessage(obj, WireEntry.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<WireEntry>): WireEntry {
    return decodeMessage(buf, WireEntry.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<WireEntry>): Generator<WireEntryLeafFieldEvent | WireEntryPayloadFieldEvent> {
    return streamMessage(buf, WireEntry.codec(), opts)
  }
}

export interface ReadRequest {
  log: Uint8Array
  after: number
  limit: number
  maxBytes: number
}

export namespace ReadRequest {
  let _codec: Codec<ReadRequest>

  export const codec = (): Codec<ReadRequest> => {
    if (_codec == null) {
      _codec = message<ReadRequest>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.log != null && obj.log.byteLength > 0)) {
          w.uint32(10)
          w.bytes(obj.log)
        }

        if ((obj.after != null && obj.after !== 0)) {
          w.uint32(16)
          w.uint64Number(obj.after)
        }

        if ((obj.limit != null && obj.limit !== 0)) {
          w.uint32(24)
          w.uint32(obj.limit)
        }

        if ((obj.maxBytes != null && obj.maxBytes !== 0)) {
          w.uint32(32)
          w.uint32(obj.maxBytes)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          log: uint8ArrayAlloc(0),
          after: 0,
          limit: 0,
          maxBytes: 0
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.log = reader.bytes()
              break
            }
            case 2: {
              obj.after = reader.uint64Number()
              break
            }
            case 3: {
              obj.limit = reader.uint32()
              break
            }
            case 4: {
              obj.maxBytes = reader.uint32()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.log`,
                value: reader.bytes()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.after`,
                value: reader.uint64Number()
              }
              break
            }
            case 3: {
              yield {
                field: `${prefix}.limit`,
                value: reader.uint32()
              }
              break
            }
            case 4: {
              yield {
                field: `${prefix}.maxBytes`,
                value: reader.uint32()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface ReadRequestLogFieldEvent {
    field: '$.log'
    value: Uint8Array
  }

  export interface ReadRequestAfterFieldEvent {
    field: '$.after'
    value: number
  }

  export interface ReadRequestLimitFieldEvent {
    field: '$.limit'
    value: number
  }

  export interface ReadRequestMaxBytesFieldEvent {
    field: '$.maxBytes'
    value: number
  }

  export function encode (obj: Partial<ReadRequest>): Uint8Array {
    return encodeMessage(obj, ReadRequest.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<ReadRequest>): ReadRequest {
    return decodeMessage(buf, ReadRequest.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<ReadRequest>): Generator<ReadRequestLogFieldEvent | ReadRequestAfterFieldEvent | ReadRequestLimitFieldEvent | ReadRequestMaxBytesFieldEvent> {
    return streamMessage(buf, ReadRequest.codec(), opts)
  }
}

export interface ReadReply {
  entries: WireEntry[]
  head: Uint8Array
  prev?: Uint8Array
}

export namespace ReadReply {
  let _codec: Codec<ReadReply>

  export const codec = (): Codec<ReadReply> => {
    if (_codec == null) {
      _codec = message<ReadReply>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if (obj.entries != null && obj.entries.length > 0) {
          for (const value of obj.entries) {
            w.uint32(10)
            WireEntry.codec().encode(value, w)
          }
        }

        if ((obj.head != null && obj.head.byteLength > 0)) {
          w.uint32(18)
          w.bytes(obj.head)
        }

        if (obj.prev != null) {
          w.uint32(26)
          w.bytes(obj.prev)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          entries: [],
          head: uint8ArrayAlloc(0)
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              if (opts.limits?.entries != null && obj.entries.length === opts.limits.entries) {
                throw new MaxLengthError('Decode error - repeated field "entries" had too many elements')
              }

              obj.entries.push(WireEntry.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.entries$
              }))
              break
            }
            case 2: {
              obj.head = reader.bytes()
              break
            }
            case 3: {
              obj.prev = reader.bytes()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const obj = {
          entries: 0
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              if (opts.limits?.entries != null && obj.entries === opts.limits.entries) {
                throw new MaxLengthError('Streaming decode error - repeated field "entries" had too many elements')
              }

              for (const evt of WireEntry.codec().stream(reader, reader.uint32(), `${prefix}.entries[]`, {
                limits: opts.limits?.entries$
              })) {
                yield {
                  ...evt,
                  index: obj.entries
                }
              }

              obj.entries++

              break
            }
            case 2: {
              yield {
                field: `${prefix}.head`,
                value: reader.bytes()
              }
              break
            }
            case 3: {
              yield {
                field: `${prefix}.prev`,
                value: reader.bytes()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface ReadReplyEntriesLeafFieldEvent {
    field: '$.entries[].leaf'
    value: Uint8Array
    index: number
  }

  export interface ReadReplyEntriesPayloadFieldEvent {
    field: '$.entries[].payload'
    value: Uint8Array
    index: number
  }

  export interface ReadReplyHeadFieldEvent {
    field: '$.head'
    value: Uint8Array
  }

  export interface ReadReplyPrevFieldEvent {
    field: '$.prev'
    value: Uint8Array
  }

  export function encode (obj: Partial<ReadReply>): Uint8Array {
    return encodeMessage(obj, ReadReply.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<ReadReply>): ReadReply {
    return decodeMessage(buf, ReadReply.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<ReadReply>): Generator<ReadReplyEntriesLeafFieldEvent | ReadReplyEntriesPayloadFieldEvent | ReadReplyHeadFieldEvent | ReadReplyPrevFieldEvent> {
    return streamMessage(buf, ReadReply.codec(), opts)
  }
}

export interface FollowRequest {
  log: Uint8Array
  after: number
  erasures?: number
}

export namespace FollowRequest {
  let _codec: Codec<FollowRequest>

  export const codec = (): Codec<FollowRequest> => {
    if (_codec == null) {
      _codec = message<FollowRequest>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.log != null && obj.log.byteLength > 0)) {
          w.uint32(10)
          w.bytes(obj.log)
        }

        if ((obj.after != null && obj.after !== 0)) {
          w.uint32(16)
          w.uint64Number(obj.after)
        }

        if (obj.erasures != null) {
          w.uint32(24)
          w.uint64Number(obj.erasures)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          log: uint8ArrayAlloc(0),
          after: 0
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.log = reader.bytes()
              break
            }
            case 2: {
              obj.after = reader.uint64Number()
              break
            }
            case 3: {
              obj.erasures = reader.uint64Number()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.log`,
                value: reader.bytes()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.after`,
                value: reader.uint64Number()
              }
              break
            }
            case 3: {
              yield {
                field: `${prefix}.erasures`,
                value: reader.uint64Number()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface FollowRequestLogFieldEvent {
    field: '$.log'
    value: Uint8Array
  }

  export interface FollowRequestAfterFieldEvent {
    field: '$.after'
    value: number
  }

  export interface FollowRequestErasuresFieldEvent {
    field: '$.erasures'
    value: number
  }

  export function encode (obj: Partial<FollowRequest>): Uint8Array {
    return encodeMessage(obj, FollowRequest.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<FollowRequest>): FollowRequest {
    return decodeMessage(buf, FollowRequest.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<FollowRequest>): Generator<FollowRequestLogFieldEvent | FollowRequestAfterFieldEvent | FollowRequestErasuresFieldEvent> {
    return streamMessage(buf, FollowRequest.codec(), opts)
  }
}

export interface LogRequest {
  log: Uint8Array
}

export namespace LogRequest {
  let _codec: Codec<LogRequest>

  export const codec = (): Codec<LogRequest> => {
    if (_codec == null) {
      _codec = message<LogRequest>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.log != null && obj.log.byteLength > 0)) {
          w.uint32(10)
          w.bytes(obj.log)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          log: uint8ArrayAlloc(0)
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.log = reader.bytes()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.log`,
                value: reader.bytes()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface LogRequestLogFieldEvent {
    field: '$.log'
    value: Uint8Array
  }

  export function encode (obj: Partial<LogRequest>): Uint8Array {
    return encodeMessage(obj, LogRequest.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<LogRequest>): LogRequest {
    return decodeMessage(buf, LogRequest.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<LogRequest>): Generator<LogRequestLogFieldEvent> {
    return streamMessage(buf, LogRequest.codec(), opts)
  }
}

export interface EraseRequest {
  log: Uint8Array
  seq: number
  secret: Uint8Array
}

export namespace EraseRequest {
  let _codec: Codec<EraseRequest>

  export const codec = (): Codec<EraseRequest> => {
    if (_codec == null) {
      _codec = message<EraseRequest>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.log != null && obj.log.byteLength > 0)) {
          w.uint32(10)
          w.bytes(obj.log)
        }

        if ((obj.seq != null && obj.seq !== 0)) {
          w.uint32(16)
          w.uint64Number(obj.seq)
        }

        if ((obj.secret != null && obj.secret.byteLength > 0)) {
          w.uint32(26)
          w.bytes(obj.secret)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          log: uint8ArrayAlloc(0),
          seq: 0,
          secret: uint8ArrayAlloc(0)
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.log = reader.bytes()
              break
            }
            case 2: {
              obj.seq = reader.uint64Number()
              break
            }
            case 3: {
              obj.secret = reader.bytes()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.log`,
                value: reader.bytes()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.seq`,
                value: reader.uint64Number()
              }
              break
            }
            case 3: {
              yield {
                field: `${prefix}.secret`,
                value: reader.bytes()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface EraseRequestLogFieldEvent {
    field: '$.log'
    value: Uint8Array
  }

  export interface EraseRequestSeqFieldEvent {
    field: '$.seq'
    value: number
  }

  export interface EraseRequestSecretFieldEvent {
    field: '$.secret'
    value: Uint8Array
  }

  export function encode (obj: Partial<EraseRequest>): Uint8Array {
    return encodeMessage(obj, EraseRequest.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<EraseRequest>): EraseRequest {
    return decodeMessage(buf, EraseRequest.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<EraseRequest>): Generator<EraseRequestLogFieldEvent | EraseRequestSeqFieldEvent | EraseRequestSecretFieldEvent> {
    return streamMessage(buf, EraseRequest.codec(), opts)
  }
}

export interface OwnerActionRequest {
  log: Uint8Array
  action: Uint8Array
}

export namespace OwnerActionRequest {
  let _codec: Codec<OwnerActionRequest>

  export const codec = (): Codec<OwnerActionRequest> => {
    if (_codec == null) {
      _codec = message<OwnerActionRequest>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.log != null && obj.log.byteLength > 0)) {
          w.uint32(10)
          w.bytes(obj.log)
        }

        if ((obj.action != null && obj.action.byteLength > 0)) {
          w.uint32(18)
          w.bytes(obj.action)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          log: uint8ArrayAlloc(0),
          action: uint8ArrayAlloc(0)
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.log = reader.bytes()
              break
            }
            case 2: {
              obj.action = reader.bytes()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.log`,
                value: reader.bytes()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.action`,
                value: reader.bytes()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface OwnerActionRequestLogFieldEvent {
    field: '$.log'
    value: Uint8Array
  }

  export interface OwnerActionRequestActionFieldEvent {
    field: '$.action'
    value: Uint8Array
  }

  export function encode (obj: Partial<OwnerActionRequest>): Uint8Array {
    return encodeMessage(obj, OwnerActionRequest.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<OwnerActionRequest>): OwnerActionRequest {
    return decodeMessage(buf, OwnerActionRequest.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<OwnerActionRequest>): Generator<OwnerActionRequestLogFieldEvent | OwnerActionRequestActionFieldEvent> {
    return streamMessage(buf, OwnerActionRequest.codec(), opts)
  }
}

export interface Grant {
  key: Uint8Array
  expiresAt: number
}

export namespace Grant {
  let _codec: Codec<Grant>

  export const codec = (): Codec<Grant> => {
    if (_codec == null) {
      _codec = message<Grant>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.key != null && obj.key.byteLength > 0)) {
          w.uint32(10)
          w.bytes(obj.key)
        }

        if ((obj.expiresAt != null && obj.expiresAt !== 0)) {
          w.uint32(16)
          w.uint64Number(obj.expiresAt)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          key: uint8ArrayAlloc(0),
          expiresAt: 0
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.key = reader.bytes()
              break
            }
            case 2: {
              obj.expiresAt = reader.uint64Number()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.key`,
                value: reader.bytes()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.expiresAt`,
                value: reader.uint64Number()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface GrantKeyFieldEvent {
    field: '$.key'
    value: Uint8Array
  }

  export interface GrantExpiresAtFieldEvent {
    field: '$.expiresAt'
    value: number
  }

  export function encode (obj: Partial<Grant>): Uint8Array {
    return encodeMessage(obj, Grant.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Grant>): Grant {
    return decodeMessage(buf, Grant.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Grant>): Generator<GrantKeyFieldEvent | GrantExpiresAtFieldEvent> {
    return streamMessage(buf, Grant.codec(), opts)
  }
}

export interface GrantRequest {
  log: Uint8Array
  grants: Grant[]
}

export namespace GrantRequest {
  let _codec: Codec<GrantRequest>

  export const codec = (): Codec<GrantRequest> => {
    if (_codec == null) {
      _codec = message<GrantRequest>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.log != null && obj.log.byteLength > 0)) {
          w.uint32(10)
          w.bytes(obj.log)
        }

        if (obj.grants != null && obj.grants.length > 0) {
          for (const value of obj.grants) {
            w.uint32(18)
            Grant.codec().encode(value, w)
          }
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          log: uint8ArrayAlloc(0),
          grants: []
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.log = reader.bytes()
              break
            }
            case 2: {
              if (opts.limits?.grants != null && obj.grants.length === opts.limits.grants) {
                throw new MaxLengthError('Decode error - repeated field "grants" had too many elements')
              }

              obj.grants.push(Grant.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.grants$
              }))
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const obj = {
          grants: 0
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.log`,
                value: reader.bytes()
              }
              break
            }
            case 2: {
              if (opts.limits?.grants != null && obj.grants === opts.limits.grants) {
                throw new MaxLengthError('Streaming decode error - repeated field "grants" had too many elements')
              }

              for (const evt of Grant.codec().stream(reader, reader.uint32(), `${prefix}.grants[]`, {
                limits: opts.limits?.grants$
              })) {
                yield {
                  ...evt,
                  index: obj.grants
                }
              }

              obj.grants++

              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface GrantRequestLogFieldEvent {
    field: '$.log'
    value: Uint8Array
  }

  export interface GrantRequestGrantsKeyFieldEvent {
    field: '$.grants[].key'
    value: Uint8Array
    index: number
  }

  export interface GrantRequestGrantsExpiresAtFieldEvent {
    field: '$.grants[].expiresAt'
    value: number
    index: number
  }

  export function encode (obj: Partial<GrantRequest>): Uint8Array {
    return encodeMessage(obj, GrantRequest.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<GrantRequest>): GrantRequest {
    return decodeMessage(buf, GrantRequest.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<GrantRequest>): Generator<GrantRequestLogFieldEvent | GrantRequestGrantsKeyFieldEvent | GrantRequestGrantsExpiresAtFieldEvent> {
    return streamMessage(buf, GrantRequest.codec(), opts)
  }
}

export interface RevokeRequest {
  log: Uint8Array
  keys: Uint8Array[]
}

export namespace RevokeRequest {
  let _codec: Codec<RevokeRequest>

  export const codec = (): Codec<RevokeRequest> => {
    if (_codec == null) {
      _codec = message<RevokeRequest>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.log != null && obj.log.byteLength > 0)) {
          w.uint32(10)
          w.bytes(obj.log)
        }

        if (obj.keys != null && obj.keys.length > 0) {
          for (const value of obj.keys) {
            w.uint32(18)
            w.bytes(value)
          }
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          log: uint8ArrayAlloc(0),
          keys: []
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.log = reader.bytes()
              break
            }
            case 2: {
              if (opts.limits?.keys != null && obj.keys.length === opts.limits.keys) {
                throw new MaxLengthError('Decode error - repeated field "keys" had too many elements')
              }

              obj.keys.push(reader.bytes())
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const obj = {
          keys: 0
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.log`,
                value: reader.bytes()
              }
              break
            }
            case 2: {
              if (opts.limits?.keys != null && obj.keys === opts.limits.keys) {
                throw new MaxLengthError('Streaming decode error - repeated field "keys" had too many elements')
              }

              yield {
                field: `${prefix}.keys[]`,
                index: obj.keys,
                value: reader.bytes()
              }

              obj.keys++

              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface RevokeRequestLogFieldEvent {
    field: '$.log'
    value: Uint8Array
  }

  export interface RevokeRequestKeysFieldEvent {
    field: '$.keys[]'
    index: number
    value: Uint8Array
  }

  export function encode (obj: Partial<RevokeRequest>): Uint8Array {
    return encodeMessage(obj, RevokeRequest.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<RevokeRequest>): RevokeRequest {
    return decodeMessage(buf, RevokeRequest.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<RevokeRequest>): Generator<RevokeRequestLogFieldEvent | RevokeRequestKeysFieldEvent> {
    return streamMessage(buf, RevokeRequest.codec(), opts)
  }
}

export interface AdoptLogRequest {
  genesis: Uint8Array
  action: Uint8Array
  after: number
  entries: WireEntry[]
  done: boolean
  open?: Uint8Array
  hash?: Uint8Array
  handovers: Uint8Array[]
}

export namespace AdoptLogRequest {
  let _codec: Codec<AdoptLogRequest>

  export const codec = (): Codec<AdoptLogRequest> => {
    if (_codec == null) {
      _codec = message<AdoptLogRequest>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.genesis != null && obj.genesis.byteLength > 0)) {
          w.uint32(10)
          w.bytes(obj.genesis)
        }

        if ((obj.action != null && obj.action.byteLength > 0)) {
          w.uint32(18)
          w.bytes(obj.action)
        }

        if ((obj.after != null && obj.after !== 0)) {
          w.uint32(24)
          w.uint64Number(obj.after)
        }

        if (obj.entries != null && obj.entries.length > 0) {
          for (const value of obj.entries) {
            w.uint32(34)
            WireEntry.codec().encode(value, w)
          }
        }

        if ((obj.done != null && obj.done !== false)) {
          w.uint32(40)
          w.bool(obj.done)
        }

        if (obj.open != null) {
          w.uint32(50)
          w.bytes(obj.open)
        }

        if (obj.hash != null) {
          w.uint32(58)
          w.bytes(obj.hash)
        }

        if (obj.handovers != null && obj.handovers.length > 0) {
          for (const value of obj.handovers) {
            w.uint32(66)
            w.bytes(value)
          }
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          genesis: uint8ArrayAlloc(0),
          action: uint8ArrayAlloc(0),
          after: 0,
          entries: [],
          done: false,
          handovers: []
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.genesis = reader.bytes()
              break
            }
            case 2: {
              obj.action = reader.bytes()
              break
            }
            case 3: {
              obj.after = reader.uint64Number()
              break
            }
            case 4: {
              if (opts.limits?.entries != null && obj.entries.length === opts.limits.entries) {
                throw new MaxLengthError('Decode error - repeated field "entries" had too many elements')
              }

              obj.entries.push(WireEntry.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.entries$
              }))
              break
            }
            case 5: {
              obj.done = reader.bool()
              break
            }
            case 6: {
              obj.open = reader.bytes()
              break
            }
            case 7: {
              obj.hash = reader.bytes()
              break
            }
            case 8: {
              if (opts.limits?.handovers != null && obj.handovers.length === opts.limits.handovers) {
                throw new MaxLengthError('Decode error - repeated field "handovers" had too many elements')
              }

              obj.handovers.push(reader.bytes())
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const obj = {
          entries: 0,
          handovers: 0
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.genesis`,
                value: reader.bytes()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.action`,
                value: reader.bytes()
              }
              break
            }
            case 3: {
              yield {
                field: `${prefix}.after`,
                value: reader.uint64Number()
              }
              break
            }
            case 4: {
              if (opts.limits?.entries != null && obj.entries === opts.limits.entries) {
                throw new MaxLengthError('Streaming decode error - repeated field "entries" had too many elements')
              }

              for (const evt of WireEntry.codec().stream(reader, reader.uint32(), `${prefix}.entries[]`, {
                limits: opts.limits?.entries$
              })) {
                yield {
                  ...evt,
                  index: obj.entries
                }
              }

              obj.entries++

              break
            }
            case 5: {
              yield {
                field: `${prefix}.done`,
                value: reader.bool()
              }
              break
            }
            case 6: {
              yield {
                field: `${prefix}.open`,
                value: reader.bytes()
              }
              break
            }
            case 7: {
              yield {
                field: `${prefix}.hash`,
                value: reader.bytes()
              }
              break
            }
            case 8: {
              if (opts.limits?.handovers != null && obj.handovers === opts.limits.handovers) {
                throw new MaxLengthError('Streaming decode error - repeated field "handovers" had too many elements')
              }

              yield {
                field: `${prefix}.handovers[]`,
                index: obj.handovers,
                value: reader.bytes()
              }

              obj.handovers++

              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface AdoptLogRequestGenesisFieldEvent {
    field: '$.genesis'
    value: Uint8Array
  }

  export interface AdoptLogRequestActionFieldEvent {
    field: '$.action'
    value: Uint8Array
  }

  export interface AdoptLogRequestAfterFieldEvent {
    field: '$.after'
    value: number
  }

  export interface AdoptLogRequestEntriesLeafFieldEvent {
    field: '$.entries[].leaf'
    value: Uint8Array
    index: number
  }

  export interface AdoptLogRequestEntriesPayloadFieldEvent {
    field: '$.entries[].payload'
    value: Uint8Array
    index: number
  }

  export interface AdoptLogRequestDoneFieldEvent {
    field: '$.done'
    value: boolean
  }

  export interface AdoptLogRequestOpenFieldEvent {
    field: '$.open'
    value: Uint8Array
  }

  export interface AdoptLogRequestHashFieldEvent {
    field: '$.hash'
    value: Uint8Array
  }

  export interface AdoptLogRequestHandoversFieldEvent {
    field: '$.handovers[]'
    index: number
    value: Uint8Array
  }

  export function encode (obj: Partial<AdoptLogRequest>): Uint8Array {
    return encodeMessage(obj, AdoptLogRequest.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<AdoptLogRequest>): AdoptLogRequest {
    return decodeMessage(buf, AdoptLogRequest.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<AdoptLogRequest>): Generator<AdoptLogRequestGenesisFieldEvent | AdoptLogRequestActionFieldEvent | AdoptLogRequestAfterFieldEvent | AdoptLogRequestEntriesLeafFieldEvent | AdoptLogRequestEntriesPayloadFieldEvent | AdoptLogRequestDoneFieldEvent | AdoptLogRequestOpenFieldEvent | AdoptLogRequestHashFieldEvent | AdoptLogRequestHandoversFieldEvent> {
    return streamMessage(buf, AdoptLogRequest.codec(), opts)
  }
}

export interface AdoptLogReply {
  seq: number
  head?: Uint8Array
}

export namespace AdoptLogReply {
  let _codec: Codec<AdoptLogReply>

  export const codec = (): Codec<AdoptLogReply> => {
    if (_codec == null) {
      _codec = message<AdoptLogReply>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.seq != null && obj.seq !== 0)) {
          w.uint32(8)
          w.uint64Number(obj.seq)
        }

        if (obj.head != null) {
          w.uint32(18)
          w.bytes(obj.head)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          seq: 0
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.seq = reader.uint64Number()
              break
            }
            case 2: {
              obj.head = reader.bytes()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.seq`,
                value: reader.uint64Number()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.head`,
                value: reader.bytes()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface AdoptLogReplySeqFieldEvent {
    field: '$.seq'
    value: number
  }

  export interface AdoptLogReplyHeadFieldEvent {
    field: '$.head'
    value: Uint8Array
  }

  export function encode (obj: Partial<AdoptLogReply>): Uint8Array {
    return encodeMessage(obj, AdoptLogReply.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<AdoptLogReply>): AdoptLogReply {
    return decodeMessage(buf, AdoptLogReply.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<AdoptLogReply>): Generator<AdoptLogReplySeqFieldEvent | AdoptLogReplyHeadFieldEvent> {
    return streamMessage(buf, AdoptLogReply.codec(), opts)
  }
}

export interface MirrorRequest {
  log: Uint8Array
  genesis: Uint8Array
  home: Uint8Array
  term: number
  addrs: string[]
  delegations: Uint8Array[]
  open?: Uint8Array
  action?: Uint8Array
}

export namespace MirrorRequest {
  let _codec: Codec<MirrorRequest>

  export const codec = (): Codec<MirrorRequest> => {
    if (_codec == null) {
      _codec = message<MirrorRequest>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.log != null && obj.log.byteLength > 0)) {
          w.uint32(10)
          w.bytes(obj.log)
        }

        if ((obj.genesis != null && obj.genesis.byteLength > 0)) {
          w.uint32(18)
          w.bytes(obj.genesis)
        }

        if ((obj.home != null && obj.home.byteLength > 0)) {
          w.uint32(26)
          w.bytes(obj.home)
        }

        if ((obj.term != null && obj.term !== 0)) {
          w.uint32(32)
          w.uint64Number(obj.term)
        }

        if (obj.addrs != null && obj.addrs.length > 0) {
          for (const value of obj.addrs) {
            w.uint32(42)
            w.string(value)
          }
        }

        if (obj.delegations != null && obj.delegations.length > 0) {
          for (const value of obj.delegations) {
            w.uint32(50)
            w.bytes(value)
          }
        }

        if (obj.open != null) {
          w.uint32(58)
          w.bytes(obj.open)
        }

        if (obj.action != null) {
          w.uint32(66)
          w.bytes(obj.action)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          log: uint8ArrayAlloc(0),
          genesis: uint8ArrayAlloc(0),
          home: uint8ArrayAlloc(0),
          term: 0,
          addrs: [],
          delegations: []
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.log = reader.bytes()
              break
            }
            case 2: {
              obj.genesis = reader.bytes()
              break
            }
            case 3: {
              obj.home = reader.bytes()
              break
            }
            case 4: {
              obj.term = reader.uint64Number()
              break
            }
            case 5: {
              if (opts.limits?.addrs != null && obj.addrs.length === opts.limits.addrs) {
                throw new MaxLengthError('Decode error - repeated field "addrs" had too many elements')
              }

              obj.addrs.push(reader.string())
              break
            }
            case 6: {
              if (opts.limits?.delegations != null && obj.delegations.length === opts.limits.delegations) {
                throw new MaxLengthError('Decode error - repeated field "delegations" had too many elements')
              }

              obj.delegations.push(reader.bytes())
              break
            }
            case 7: {
              obj.open = reader.bytes()
              break
            }
            case 8: {
              obj.action = reader.bytes()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const obj = {
          addrs: 0,
          delegations: 0
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.log`,
                value: reader.bytes()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.genesis`,
                value: reader.bytes()
              }
              break
            }
            case 3: {
              yield {
                field: `${prefix}.home`,
                value: reader.bytes()
              }
              break
            }
            case 4: {
              yield {
                field: `${prefix}.term`,
                value: reader.uint64Number()
              }
              break
            }
            case 5: {
              if (opts.limits?.addrs != null && obj.addrs === opts.limits.addrs) {
                throw new MaxLengthError('Streaming decode error - repeated field "addrs" had too many elements')
              }

              yield {
                field: `${prefix}.addrs[]`,
                index: obj.addrs,
                value: reader.string()
              }

              obj.addrs++

              break
            }
            case 6: {
              if (opts.limits?.delegations != null && obj.delegations === opts.limits.delegations) {
                throw new MaxLengthError('Streaming decode error - repeated field "delegations" had too many elements')
              }

              yield {
                field: `${prefix}.delegations[]`,
                index: obj.delegations,
                value: reader.bytes()
              }

              obj.delegations++

              break
            }
            case 7: {
              yield {
                field: `${prefix}.open`,
                value: reader.bytes()
              }
              break
            }
            case 8: {
              yield {
                field: `${prefix}.action`,
                value: reader.bytes()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface MirrorRequestLogFieldEvent {
    field: '$.log'
    value: Uint8Array
  }

  export interface MirrorRequestGenesisFieldEvent {
    field: '$.genesis'
    value: Uint8Array
  }

  export interface MirrorRequestHomeFieldEvent {
    field: '$.home'
    value: Uint8Array
  }

  export interface MirrorRequestTermFieldEvent {
    field: '$.term'
    value: number
  }

  export interface MirrorRequestAddrsFieldEvent {
    field: '$.addrs[]'
    index: number
    value: string
  }

  export interface MirrorRequestDelegationsFieldEvent {
    field: '$.delegations[]'
    index: number
    value: Uint8Array
  }

  export interface MirrorRequestOpenFieldEvent {
    field: '$.open'
    value: Uint8Array
  }

  export interface MirrorRequestActionFieldEvent {
    field: '$.action'
    value: Uint8Array
  }

  export function encode (obj: Partial<MirrorRequest>): Uint8Array {
    return encodeMessage(obj, MirrorRequest.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<MirrorRequest>): MirrorRequest {
    return decodeMessage(buf, MirrorRequest.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<MirrorRequest>): Generator<MirrorRequestLogFieldEvent | MirrorRequestGenesisFieldEvent | MirrorRequestHomeFieldEvent | MirrorRequestTermFieldEvent | MirrorRequestAddrsFieldEvent | MirrorRequestDelegationsFieldEvent | MirrorRequestOpenFieldEvent | MirrorRequestActionFieldEvent> {
    return streamMessage(buf, MirrorRequest.codec(), opts)
  }
}

export interface MirrorReply {
  seq: number
  current: boolean
  trouble?: Failure
}

export namespace MirrorReply {
  let _codec: Codec<MirrorReply>

  export const codec = (): Codec<MirrorReply> => {
    if (_codec == null) {
      _codec = message<MirrorReply>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.seq != null && obj.seq !== 0)) {
          w.uint32(8)
          w.uint64Number(obj.seq)
        }

        if ((obj.current != null && obj.current !== false)) {
          w.uint32(16)
          w.bool(obj.current)
        }

        if (obj.trouble != null) {
          w.uint32(26)
          Failure.codec().encode(obj.trouble, w)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          seq: 0,
          current: false
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.seq = reader.uint64Number()
              break
            }
            case 2: {
              obj.current = reader.bool()
              break
            }
            case 3: {
              obj.trouble = Failure.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.trouble
              })
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.seq`,
                value: reader.uint64Number()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.current`,
                value: reader.bool()
              }
              break
            }
            case 3: {
              yield * Failure.codec().stream(reader, reader.uint32(), `${prefix}.trouble`, {
                limits: opts.limits?.trouble
              })

              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface MirrorReplySeqFieldEvent {
    field: '$.seq'
    value: number
  }

  export interface MirrorReplyCurrentFieldEvent {
    field: '$.current'
    value: boolean
  }

  export interface MirrorReplyTroubleCodeFieldEvent {
    field: '$.trouble.code'
    value: string
  }

  export interface MirrorReplyTroubleMessageFieldEvent {
    field: '$.trouble.message'
    value: string
  }

  export interface MirrorReplyTroubleDetailsFieldEvent {
    field: '$.trouble.details'
    value: Uint8Array
  }

  export function encode (obj: Partial<MirrorReply>): Uint8Array {
    return encodeMessage(obj, MirrorReply.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<MirrorReply>): MirrorReply {
    return decodeMessage(buf, MirrorReply.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<MirrorReply>): Generator<MirrorReplySeqFieldEvent | MirrorReplyCurrentFieldEvent | MirrorReplyTroubleCodeFieldEvent | MirrorReplyTroubleMessageFieldEvent | MirrorReplyTroubleDetailsFieldEvent> {
    return streamMessage(buf, MirrorReply.codec(), opts)
  }
}

export interface PutManifestRequest {
  manifest: Uint8Array
}

export namespace PutManifestRequest {
  let _codec: Codec<PutManifestRequest>

  export const codec = (): Codec<PutManifestRequest> => {
    if (_codec == null) {
      _codec = message<PutManifestRequest>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.manifest != null && obj.manifest.byteLength > 0)) {
          w.uint32(10)
          w.bytes(obj.manifest)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          manifest: uint8ArrayAlloc(0)
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.manifest = reader.bytes()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.manifest`,
                value: reader.bytes()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface PutManifestRequestManifestFieldEvent {
    field: '$.manifest'
    value: Uint8Array
  }

  export function encode (obj: Partial<PutManifestRequest>): Uint8Array {
    return encodeMessage(obj, PutManifestRequest.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<PutManifestRequest>): PutManifestRequest {
    return decodeMessage(buf, PutManifestRequest.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<PutManifestRequest>): Generator<PutManifestRequestManifestFieldEvent> {
    return streamMessage(buf, PutManifestRequest.codec(), opts)
  }
}

export interface AccountRequest {
  account: Uint8Array
}

export namespace AccountRequest {
  let _codec: Codec<AccountRequest>

  export const codec = (): Codec<AccountRequest> => {
    if (_codec == null) {
      _codec = message<AccountRequest>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.account != null && obj.account.byteLength > 0)) {
          w.uint32(10)
          w.bytes(obj.account)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          account: uint8ArrayAlloc(0)
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.account = reader.bytes()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.account`,
                value: reader.bytes()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface AccountRequestAccountFieldEvent {
    field: '$.account'
    value: Uint8Array
  }

  export function encode (obj: Partial<AccountRequest>): Uint8Array {
    return encodeMessage(obj, AccountRequest.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<AccountRequest>): AccountRequest {
    return decodeMessage(buf, AccountRequest.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<AccountRequest>): Generator<AccountRequestAccountFieldEvent> {
    return streamMessage(buf, AccountRequest.codec(), opts)
  }
}

export interface ManifestReply {
  manifest: Uint8Array
}

export namespace ManifestReply {
  let _codec: Codec<ManifestReply>

  export const codec = (): Codec<ManifestReply> => {
    if (_codec == null) {
      _codec = message<ManifestReply>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.manifest != null && obj.manifest.byteLength > 0)) {
          w.uint32(10)
          w.bytes(obj.manifest)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          manifest: uint8ArrayAlloc(0)
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.manifest = reader.bytes()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.manifest`,
                value: reader.bytes()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface ManifestReplyManifestFieldEvent {
    field: '$.manifest'
    value: Uint8Array
  }

  export function encode (obj: Partial<ManifestReply>): Uint8Array {
    return encodeMessage(obj, ManifestReply.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<ManifestReply>): ManifestReply {
    return decodeMessage(buf, ManifestReply.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<ManifestReply>): Generator<ManifestReplyManifestFieldEvent> {
    return streamMessage(buf, ManifestReply.codec(), opts)
  }
}

export interface FindManifestReply {
  manifests: Uint8Array[]
}

export namespace FindManifestReply {
  let _codec: Codec<FindManifestReply>

  export const codec = (): Codec<FindManifestReply> => {
    if (_codec == null) {
      _codec = message<FindManifestReply>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if (obj.manifests != null && obj.manifests.length > 0) {
          for (const value of obj.manifests) {
            w.uint32(10)
            w.bytes(value)
          }
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          manifests: []
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              if (opts.limits?.manifests != null && obj.manifests.length === opts.limits.manifests) {
                throw new MaxLengthError('Decode error - repeated field "manifests" had too many elements')
              }

              obj.manifests.push(reader.bytes())
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const obj = {
          manifests: 0
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              if (opts.limits?.manifests != null && obj.manifests === opts.limits.manifests) {
                throw new MaxLengthError('Streaming decode error - repeated field "manifests" had too many elements')
              }

              yield {
                field: `${prefix}.manifests[]`,
                index: obj.manifests,
                value: reader.bytes()
              }

              obj.manifests++

              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface FindManifestReplyManifestsFieldEvent {
    field: '$.manifests[]'
    index: number
    value: Uint8Array
  }

  export function encode (obj: Partial<FindManifestReply>): Uint8Array {
    return encodeMessage(obj, FindManifestReply.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<FindManifestReply>): FindManifestReply {
    return decodeMessage(buf, FindManifestReply.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<FindManifestReply>): Generator<FindManifestReplyManifestsFieldEvent> {
    return streamMessage(buf, FindManifestReply.codec(), opts)
  }
}

export interface PutKeyPackagesRequest {
  records: Uint8Array[]
}

export namespace PutKeyPackagesRequest {
  let _codec: Codec<PutKeyPackagesRequest>

  export const codec = (): Codec<PutKeyPackagesRequest> => {
    if (_codec == null) {
      _codec = message<PutKeyPackagesRequest>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if (obj.records != null && obj.records.length > 0) {
          for (const value of obj.records) {
            w.uint32(10)
            w.bytes(value)
          }
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          records: []
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              if (opts.limits?.records != null && obj.records.length === opts.limits.records) {
                throw new MaxLengthError('Decode error - repeated field "records" had too many elements')
              }

              obj.records.push(reader.bytes())
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const obj = {
          records: 0
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              if (opts.limits?.records != null && obj.records === opts.limits.records) {
                throw new MaxLengthError('Streaming decode error - repeated field "records" had too many elements')
              }

              yield {
                field: `${prefix}.records[]`,
                index: obj.records,
                value: reader.bytes()
              }

              obj.records++

              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface PutKeyPackagesRequestRecordsFieldEvent {
    field: '$.records[]'
    index: number
    value: Uint8Array
  }

  export function encode (obj: Partial<PutKeyPackagesRequest>): Uint8Array {
    return encodeMessage(obj, PutKeyPackagesRequest.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<PutKeyPackagesRequest>): PutKeyPackagesRequest {
    return decodeMessage(buf, PutKeyPackagesRequest.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<PutKeyPackagesRequest>): Generator<PutKeyPackagesRequestRecordsFieldEvent> {
    return streamMessage(buf, PutKeyPackagesRequest.codec(), opts)
  }
}

export interface PutKeyPackagesReply {
  left: Uint8Array[]
  lastResorts: number
  lastResortAt: number
  counted: boolean
}

export namespace PutKeyPackagesReply {
  let _codec: Codec<PutKeyPackagesReply>

  export const codec = (): Codec<PutKeyPackagesReply> => {
    if (_codec == null) {
      _codec = message<PutKeyPackagesReply>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if (obj.left != null && obj.left.length > 0) {
          for (const value of obj.left) {
            w.uint32(10)
            w.bytes(value)
          }
        }

        if ((obj.lastResorts != null && obj.lastResorts !== 0)) {
          w.uint32(16)
          w.uint32(obj.lastResorts)
        }

        if ((obj.lastResortAt != null && obj.lastResortAt !== 0)) {
          w.uint32(24)
          w.uint64Number(obj.lastResortAt)
        }

        if ((obj.counted != null && obj.counted !== false)) {
          w.uint32(32)
          w.bool(obj.counted)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          left: [],
          lastResorts: 0,
          lastResortAt: 0,
          counted: false
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              if (opts.limits?.left != null && obj.left.length === opts.limits.left) {
                throw new MaxLengthError('Decode error - repeated field "left" had too many elements')
              }

              obj.left.push(reader.bytes())
              break
            }
            case 2: {
              obj.lastResorts = reader.uint32()
              break
            }
            case 3: {
              obj.lastResortAt = reader.uint64Number()
              break
            }
            case 4: {
              obj.counted = reader.bool()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const obj = {
          left: 0
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              if (opts.limits?.left != null && obj.left === opts.limits.left) {
                throw new MaxLengthError('Streaming decode error - repeated field "left" had too many elements')
              }

              yield {
                field: `${prefix}.left[]`,
                index: obj.left,
                value: reader.bytes()
              }

              obj.left++

              break
            }
            case 2: {
              yield {
                field: `${prefix}.lastResorts`,
                value: reader.uint32()
              }
              break
            }
            case 3: {
              yield {
                field: `${prefix}.lastResortAt`,
                value: reader.uint64Number()
              }
              break
            }
            case 4: {
              yield {
                field: `${prefix}.counted`,
                value: reader.bool()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface PutKeyPackagesReplyLeftFieldEvent {
    field: '$.left[]'
    index: number
    value: Uint8Array
  }

  export interface PutKeyPackagesReplyLastResortsFieldEvent {
    field: '$.lastResorts'
    value: number
  }

  export interface PutKeyPackagesReplyLastResortAtFieldEvent {
    field: '$.lastResortAt'
    value: number
  }

  export interface PutKeyPackagesReplyCountedFieldEvent {
    field: '$.counted'
    value: boolean
  }

  export function encode (obj: Partial<PutKeyPackagesReply>): Uint8Array {
    return encodeMessage(obj, PutKeyPackagesReply.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<PutKeyPackagesReply>): PutKeyPackagesReply {
    return decodeMessage(buf, PutKeyPackagesReply.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<PutKeyPackagesReply>): Generator<PutKeyPackagesReplyLeftFieldEvent | PutKeyPackagesReplyLastResortsFieldEvent | PutKeyPackagesReplyLastResortAtFieldEvent | PutKeyPackagesReplyCountedFieldEvent> {
    return streamMessage(buf, PutKeyPackagesReply.codec(), opts)
  }
}

export interface GetKeyPackageRequest {
  account: Uint8Array
  use: number
  device: Uint8Array
}

export namespace GetKeyPackageRequest {
  let _codec: Codec<GetKeyPackageRequest>

  export const codec = (): Codec<GetKeyPackageRequest> => {
    if (_codec == null) {
      _codec = message<GetKeyPackageRequest>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.account != null && obj.account.byteLength > 0)) {
          w.uint32(10)
          w.bytes(obj.account)
        }

        if ((obj.use != null && obj.use !== 0)) {
          w.uint32(16)
          w.uint32(obj.use)
        }

        if ((obj.device != null && obj.device.byteLength > 0)) {
          w.uint32(322)
          w.bytes(obj.device)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          account: uint8ArrayAlloc(0),
          use: 0,
          device: uint8ArrayAlloc(0)
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.account = reader.bytes()
              break
            }
            case 2: {
              obj.use = reader.uint32()
              break
            }
            case 40: {
              obj.device = reader.bytes()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.account`,
                value: reader.bytes()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.use`,
                value: reader.uint32()
              }
              break
            }
            case 40: {
              yield {
                field: `${prefix}.device`,
                value: reader.bytes()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface GetKeyPackageRequestAccountFieldEvent {
    field: '$.account'
    value: Uint8Array
  }

  export interface GetKeyPackageRequestUseFieldEvent {
    field: '$.use'
    value: number
  }

  export interface GetKeyPackageRequestDeviceFieldEvent {
    field: '$.device'
    value: Uint8Array
  }

  export function encode (obj: Partial<GetKeyPackageRequest>): Uint8Array {
    return encodeMessage(obj, GetKeyPackageRequest.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<GetKeyPackageRequest>): GetKeyPackageRequest {
    return decodeMessage(buf, GetKeyPackageRequest.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<GetKeyPackageRequest>): Generator<GetKeyPackageRequestAccountFieldEvent | GetKeyPackageRequestUseFieldEvent | GetKeyPackageRequestDeviceFieldEvent> {
    return streamMessage(buf, GetKeyPackageRequest.codec(), opts)
  }
}

export interface KeyPackageReply {
  record: Uint8Array
  lastResort: boolean
}

export namespace KeyPackageReply {
  let _codec: Codec<KeyPackageReply>

  export const codec = (): Codec<KeyPackageReply> => {
    if (_codec == null) {
      _codec = message<KeyPackageReply>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.record != null && obj.record.byteLength > 0)) {
          w.uint32(10)
          w.bytes(obj.record)
        }

        if ((obj.lastResort != null && obj.lastResort !== false)) {
          w.uint32(16)
          w.bool(obj.lastResort)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          record: uint8ArrayAlloc(0),
          lastResort: false
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.record = reader.bytes()
              break
            }
            case 2: {
              obj.lastResort = reader.bool()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.record`,
                value: reader.bytes()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.lastResort`,
                value: reader.bool()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface KeyPackageReplyRecordFieldEvent {
    field: '$.record'
    value: Uint8Array
  }

  export interface KeyPackageReplyLastResortFieldEvent {
    field: '$.lastResort'
    value: boolean
  }

  export function encode (obj: Partial<KeyPackageReply>): Uint8Array {
    return encodeMessage(obj, KeyPackageReply.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<KeyPackageReply>): KeyPackageReply {
    return decodeMessage(buf, KeyPackageReply.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<KeyPackageReply>): Generator<KeyPackageReplyRecordFieldEvent | KeyPackageReplyLastResortFieldEvent> {
    return streamMessage(buf, KeyPackageReply.codec(), opts)
  }
}

export interface ReportRequest {
  log: Uint8Array
  seq: number
  message: Uint8Array
  note: string
}

export namespace ReportRequest {
  let _codec: Codec<ReportRequest>

  export const codec = (): Codec<ReportRequest> => {
    if (_codec == null) {
      _codec = message<ReportRequest>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.log != null && obj.log.byteLength > 0)) {
          w.uint32(10)
          w.bytes(obj.log)
        }

        if ((obj.seq != null && obj.seq !== 0)) {
          w.uint32(16)
          w.uint64Number(obj.seq)
        }

        if ((obj.message != null && obj.message.byteLength > 0)) {
          w.uint32(26)
          w.bytes(obj.message)
        }

        if ((obj.note != null && obj.note !== '')) {
          w.uint32(34)
          w.string(obj.note)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          log: uint8ArrayAlloc(0),
          seq: 0,
          message: uint8ArrayAlloc(0),
          note: ''
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.log = reader.bytes()
              break
            }
            case 2: {
              obj.seq = reader.uint64Number()
              break
            }
            case 3: {
              obj.message = reader.bytes()
              break
            }
            case 4: {
              obj.note = reader.string()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.log`,
                value: reader.bytes()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.seq`,
                value: reader.uint64Number()
              }
              break
            }
            case 3: {
              yield {
                field: `${prefix}.message`,
                value: reader.bytes()
              }
              break
            }
            case 4: {
              yield {
                field: `${prefix}.note`,
                value: reader.string()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface ReportRequestLogFieldEvent {
    field: '$.log'
    value: Uint8Array
  }

  export interface ReportRequestSeqFieldEvent {
    field: '$.seq'
    value: number
  }

  export interface ReportRequestMessageFieldEvent {
    field: '$.message'
    value: Uint8Array
  }

  export interface ReportRequestNoteFieldEvent {
    field: '$.note'
    value: string
  }

  export function encode (obj: Partial<ReportRequest>): Uint8Array {
    return encodeMessage(obj, ReportRequest.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<ReportRequest>): ReportRequest {
    return decodeMessage(buf, ReportRequest.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<ReportRequest>): Generator<ReportRequestLogFieldEvent | ReportRequestSeqFieldEvent | ReportRequestMessageFieldEvent | ReportRequestNoteFieldEvent> {
    return streamMessage(buf, ReportRequest.codec(), opts)
  }
}

export interface DeleteAccountRequest {
  deletion: Uint8Array
}

export namespace DeleteAccountRequest {
  let _codec: Codec<DeleteAccountRequest>

  export const codec = (): Codec<DeleteAccountRequest> => {
    if (_codec == null) {
      _codec = message<DeleteAccountRequest>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.deletion != null && obj.deletion.byteLength > 0)) {
          w.uint32(10)
          w.bytes(obj.deletion)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          deletion: uint8ArrayAlloc(0)
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.deletion = reader.bytes()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.deletion`,
                value: reader.bytes()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface DeleteAccountRequestDeletionFieldEvent {
    field: '$.deletion'
    value: Uint8Array
  }

  export function encode (obj: Partial<DeleteAccountRequest>): Uint8Array {
    return encodeMessage(obj, DeleteAccountRequest.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<DeleteAccountRequest>): DeleteAccountRequest {
    return decodeMessage(buf, DeleteAccountRequest.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<DeleteAccountRequest>): Generator<DeleteAccountRequestDeletionFieldEvent> {
    return streamMessage(buf, DeleteAccountRequest.codec(), opts)
  }
}

export interface UsageReply {
  role: number
  logs: number
  bytes: number
  quotaBytes: number
  leases: number
  mediaBytes: number
  mediaQuotaBytes: number
}

export namespace UsageReply {
  let _codec: Codec<UsageReply>

  export const codec = (): Codec<UsageReply> => {
    if (_codec == null) {
      _codec = message<UsageReply>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.role != null && obj.role !== 0)) {
          w.uint32(8)
          w.uint32(obj.role)
        }

        if ((obj.logs != null && obj.logs !== 0)) {
          w.uint32(16)
          w.uint64Number(obj.logs)
        }

        if ((obj.bytes != null && obj.bytes !== 0)) {
          w.uint32(24)
          w.uint64Number(obj.bytes)
        }

        if ((obj.quotaBytes != null && obj.quotaBytes !== 0)) {
          w.uint32(32)
          w.uint64Number(obj.quotaBytes)
        }

        if ((obj.leases != null && obj.leases !== 0)) {
          w.uint32(40)
          w.uint64Number(obj.leases)
        }

        if ((obj.mediaBytes != null && obj.mediaBytes !== 0)) {
          w.uint32(48)
          w.uint64Number(obj.mediaBytes)
        }

        if ((obj.mediaQuotaBytes != null && obj.mediaQuotaBytes !== 0)) {
          w.uint32(56)
          w.uint64Number(obj.mediaQuotaBytes)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          role: 0,
          logs: 0,
          bytes: 0,
          quotaBytes: 0,
          leases: 0,
          mediaBytes: 0,
          mediaQuotaBytes: 0
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.role = reader.uint32()
              break
            }
            case 2: {
              obj.logs = reader.uint64Number()
              break
            }
            case 3: {
              obj.bytes = reader.uint64Number()
              break
            }
            case 4: {
              obj.quotaBytes = reader.uint64Number()
              break
            }
            case 5: {
              obj.leases = reader.uint64Number()
              break
            }
            case 6: {
              obj.mediaBytes = reader.uint64Number()
              break
            }
            case 7: {
              obj.mediaQuotaBytes = reader.uint64Number()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.role`,
                value: reader.uint32()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.logs`,
                value: reader.uint64Number()
              }
              break
            }
            case 3: {
              yield {
                field: `${prefix}.bytes`,
                value: reader.uint64Number()
              }
              break
            }
            case 4: {
              yield {
                field: `${prefix}.quotaBytes`,
                value: reader.uint64Number()
              }
              break
            }
            case 5: {
              yield {
                field: `${prefix}.leases`,
                value: reader.uint64Number()
              }
              break
            }
            case 6: {
              yield {
                field: `${prefix}.mediaBytes`,
                value: reader.uint64Number()
              }
              break
            }
            case 7: {
              yield {
                field: `${prefix}.mediaQuotaBytes`,
                value: reader.uint64Number()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface UsageReplyRoleFieldEvent {
    field: '$.role'
    value: number
  }

  export interface UsageReplyLogsFieldEvent {
    field: '$.logs'
    value: number
  }

  export interface UsageReplyBytesFieldEvent {
    field: '$.bytes'
    value: number
  }

  export interface UsageReplyQuotaBytesFieldEvent {
    field: '$.quotaBytes'
    value: number
  }

  export interface UsageReplyLeasesFieldEvent {
    field: '$.leases'
    value: number
  }

  export interface UsageReplyMediaBytesFieldEvent {
    field: '$.mediaBytes'
    value: number
  }

  export interface UsageReplyMediaQuotaBytesFieldEvent {
    field: '$.mediaQuotaBytes'
    value: number
  }

  export function encode (obj: Partial<UsageReply>): Uint8Array {
    return encodeMessage(obj, UsageReply.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<UsageReply>): UsageReply {
    return decodeMessage(buf, UsageReply.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<UsageReply>): Generator<UsageReplyRoleFieldEvent | UsageReplyLogsFieldEvent | UsageReplyBytesFieldEvent | UsageReplyQuotaBytesFieldEvent | UsageReplyLeasesFieldEvent | UsageReplyMediaBytesFieldEvent | UsageReplyMediaQuotaBytesFieldEvent> {
    return streamMessage(buf, UsageReply.codec(), opts)
  }
}

export interface BeginUploadRequest {
  upload: Uint8Array
  bytes: number
}

export namespace BeginUploadRequest {
  let _codec: Codec<BeginUploadRequest>

  export const codec = (): Codec<BeginUploadRequest> => {
    if (_codec == null) {
      _codec = message<BeginUploadRequest>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.upload != null && obj.upload.byteLength > 0)) {
          w.uint32(10)
          w.bytes(obj.upload)
        }

        if ((obj.bytes != null && obj.bytes !== 0)) {
          w.uint32(16)
          w.uint64Number(obj.bytes)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          upload: uint8ArrayAlloc(0),
          bytes: 0
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.upload = reader.bytes()
              break
            }
            case 2: {
              obj.bytes = reader.uint64Number()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.upload`,
                value: reader.bytes()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.bytes`,
                value: reader.uint64Number()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface BeginUploadRequestUploadFieldEvent {
    field: '$.upload'
    value: Uint8Array
  }

  export interface BeginUploadRequestBytesFieldEvent {
    field: '$.bytes'
    value: number
  }

  export function encode (obj: Partial<BeginUploadRequest>): Uint8Array {
    return encodeMessage(obj, BeginUploadRequest.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<BeginUploadRequest>): BeginUploadRequest {
    return decodeMessage(buf, BeginUploadRequest.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<BeginUploadRequest>): Generator<BeginUploadRequestUploadFieldEvent | BeginUploadRequestBytesFieldEvent> {
    return streamMessage(buf, BeginUploadRequest.codec(), opts)
  }
}

export interface BeginUploadReply {
  expiresMs: number
}

export namespace BeginUploadReply {
  let _codec: Codec<BeginUploadReply>

  export const codec = (): Codec<BeginUploadReply> => {
    if (_codec == null) {
      _codec = message<BeginUploadReply>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.expiresMs != null && obj.expiresMs !== 0)) {
          w.uint32(8)
          w.uint32(obj.expiresMs)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          expiresMs: 0
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.expiresMs = reader.uint32()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.expiresMs`,
                value: reader.uint32()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface BeginUploadReplyExpiresMsFieldEvent {
    field: '$.expiresMs'
    value: number
  }

  export function encode (obj: Partial<BeginUploadReply>): Uint8Array {
    return encodeMessage(obj, BeginUploadReply.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<BeginUploadReply>): BeginUploadReply {
    return decodeMessage(buf, BeginUploadReply.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<BeginUploadReply>): Generator<BeginUploadReplyExpiresMsFieldEvent> {
    return streamMessage(buf, BeginUploadReply.codec(), opts)
  }
}

export interface FinishUploadRequest {
  upload: Uint8Array
  root: Uint8Array
  size: number
  keepMs?: number
}

export namespace FinishUploadRequest {
  let _codec: Codec<FinishUploadRequest>

  export const codec = (): Codec<FinishUploadRequest> => {
    if (_codec == null) {
      _codec = message<FinishUploadRequest>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.upload != null && obj.upload.byteLength > 0)) {
          w.uint32(10)
          w.bytes(obj.upload)
        }

        if ((obj.root != null && obj.root.byteLength > 0)) {
          w.uint32(18)
          w.bytes(obj.root)
        }

        if ((obj.size != null && obj.size !== 0)) {
          w.uint32(24)
          w.uint64Number(obj.size)
        }

        if (obj.keepMs != null) {
          w.uint32(32)
          w.uint64Number(obj.keepMs)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          upload: uint8ArrayAlloc(0),
          root: uint8ArrayAlloc(0),
          size: 0
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.upload = reader.bytes()
              break
            }
            case 2: {
              obj.root = reader.bytes()
              break
            }
            case 3: {
              obj.size = reader.uint64Number()
              break
            }
            case 4: {
              obj.keepMs = reader.uint64Number()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.upload`,
                value: reader.bytes()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.root`,
                value: reader.bytes()
              }
              break
            }
            case 3: {
              yield {
                field: `${prefix}.size`,
                value: reader.uint64Number()
              }
              break
            }
            case 4: {
              yield {
                field: `${prefix}.keepMs`,
                value: reader.uint64Number()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface FinishUploadRequestUploadFieldEvent {
    field: '$.upload'
    value: Uint8Array
  }

  export interface FinishUploadRequestRootFieldEvent {
    field: '$.root'
    value: Uint8Array
  }

  export interface FinishUploadRequestSizeFieldEvent {
    field: '$.size'
    value: number
  }

  export interface FinishUploadRequestKeepMsFieldEvent {
    field: '$.keepMs'
    value: number
  }

  export function encode (obj: Partial<FinishUploadRequest>): Uint8Array {
    return encodeMessage(obj, FinishUploadRequest.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<FinishUploadRequest>): FinishUploadRequest {
    return decodeMessage(buf, FinishUploadRequest.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<FinishUploadRequest>): Generator<FinishUploadRequestUploadFieldEvent | FinishUploadRequestRootFieldEvent | FinishUploadRequestSizeFieldEvent | FinishUploadRequestKeepMsFieldEvent> {
    return streamMessage(buf, FinishUploadRequest.codec(), opts)
  }
}

export interface FinishUploadReply {
  missing: Uint8Array[]
}

export namespace FinishUploadReply {
  let _codec: Codec<FinishUploadReply>

  export const codec = (): Codec<FinishUploadReply> => {
    if (_codec == null) {
      _codec = message<FinishUploadReply>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if (obj.missing != null && obj.missing.length > 0) {
          for (const value of obj.missing) {
            w.uint32(10)
            w.bytes(value)
          }
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          missing: []
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              if (opts.limits?.missing != null && obj.missing.length === opts.limits.missing) {
                throw new MaxLengthError('Decode error - repeated field "missing" had too many elements')
              }

              obj.missing.push(reader.bytes())
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const obj = {
          missing: 0
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              if (opts.limits?.missing != null && obj.missing === opts.limits.missing) {
                throw new MaxLengthError('Streaming decode error - repeated field "missing" had too many elements')
              }

              yield {
                field: `${prefix}.missing[]`,
                index: obj.missing,
                value: reader.bytes()
              }

              obj.missing++

              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface FinishUploadReplyMissingFieldEvent {
    field: '$.missing[]'
    index: number
    value: Uint8Array
  }

  export function encode (obj: Partial<FinishUploadReply>): Uint8Array {
    return encodeMessage(obj, FinishUploadReply.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<FinishUploadReply>): FinishUploadReply {
    return decodeMessage(buf, FinishUploadReply.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<FinishUploadReply>): Generator<FinishUploadReplyMissingFieldEvent> {
    return streamMessage(buf, FinishUploadReply.codec(), opts)
  }
}

export interface CancelUploadRequest {
  upload: Uint8Array
}

export namespace CancelUploadRequest {
  let _codec: Codec<CancelUploadRequest>

  export const codec = (): Codec<CancelUploadRequest> => {
    if (_codec == null) {
      _codec = message<CancelUploadRequest>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.upload != null && obj.upload.byteLength > 0)) {
          w.uint32(10)
          w.bytes(obj.upload)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          upload: uint8ArrayAlloc(0)
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.upload = reader.bytes()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.upload`,
                value: reader.bytes()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface CancelUploadRequestUploadFieldEvent {
    field: '$.upload'
    value: Uint8Array
  }

  export function encode (obj: Partial<CancelUploadRequest>): Uint8Array {
    return encodeMessage(obj, CancelUploadRequest.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<CancelUploadRequest>): CancelUploadRequest {
    return decodeMessage(buf, CancelUploadRequest.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<CancelUploadRequest>): Generator<CancelUploadRequestUploadFieldEvent> {
    return streamMessage(buf, CancelUploadRequest.codec(), opts)
  }
}

export interface LeaseRequest {
  root: Uint8Array
  size: number
  sources: BlobSource[]
  keepMs?: number
}

export namespace LeaseRequest {
  let _codec: Codec<LeaseRequest>

  export const codec = (): Codec<LeaseRequest> => {
    if (_codec == null) {
      _codec = message<LeaseRequest>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.root != null && obj.root.byteLength > 0)) {
          w.uint32(10)
          w.bytes(obj.root)
        }

        if ((obj.size != null && obj.size !== 0)) {
          w.uint32(16)
          w.uint64Number(obj.size)
        }

        if (obj.sources != null && obj.sources.length > 0) {
          for (const value of obj.sources) {
            w.uint32(26)
            BlobSource.codec().encode(value, w)
          }
        }

        if (obj.keepMs != null) {
          w.uint32(32)
          w.uint64Number(obj.keepMs)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          root: uint8ArrayAlloc(0),
          size: 0,
          sources: []
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.root = reader.bytes()
              break
            }
            case 2: {
              obj.size = reader.uint64Number()
              break
            }
            case 3: {
              if (opts.limits?.sources != null && obj.sources.length === opts.limits.sources) {
                throw new MaxLengthError('Decode error - repeated field "sources" had too many elements')
              }

              obj.sources.push(BlobSource.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.sources$
              }))
              break
            }
            case 4: {
              obj.keepMs = reader.uint64Number()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const obj = {
          sources: 0
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.root`,
                value: reader.bytes()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.size`,
                value: reader.uint64Number()
              }
              break
            }
            case 3: {
              if (opts.limits?.sources != null && obj.sources === opts.limits.sources) {
                throw new MaxLengthError('Streaming decode error - repeated field "sources" had too many elements')
              }

              for (const evt of BlobSource.codec().stream(reader, reader.uint32(), `${prefix}.sources[]`, {
                limits: opts.limits?.sources$
              })) {
                yield {
                  ...evt,
                  index: obj.sources
                }
              }

              obj.sources++

              break
            }
            case 4: {
              yield {
                field: `${prefix}.keepMs`,
                value: reader.uint64Number()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface LeaseRequestRootFieldEvent {
    field: '$.root'
    value: Uint8Array
  }

  export interface LeaseRequestSizeFieldEvent {
    field: '$.size'
    value: number
  }

  export interface LeaseRequestSourcesPeerFieldEvent {
    field: '$.sources[].peer'
    value: Uint8Array
    index: number
  }

  export interface LeaseRequestSourcesAddrsFieldEvent {
    field: '$.sources[].addrs[]'
    index: number
    value: string
  }

  export interface LeaseRequestKeepMsFieldEvent {
    field: '$.keepMs'
    value: number
  }

  export function encode (obj: Partial<LeaseRequest>): Uint8Array {
    return encodeMessage(obj, LeaseRequest.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<LeaseRequest>): LeaseRequest {
    return decodeMessage(buf, LeaseRequest.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<LeaseRequest>): Generator<LeaseRequestRootFieldEvent | LeaseRequestSizeFieldEvent | LeaseRequestSourcesPeerFieldEvent | LeaseRequestSourcesAddrsFieldEvent | LeaseRequestKeepMsFieldEvent> {
    return streamMessage(buf, LeaseRequest.codec(), opts)
  }
}

export interface BlobSource {
  peer: Uint8Array
  addrs: string[]
}

export namespace BlobSource {
  let _codec: Codec<BlobSource>

  export const codec = (): Codec<BlobSource> => {
    if (_codec == null) {
      _codec = message<BlobSource>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.peer != null && obj.peer.byteLength > 0)) {
          w.uint32(10)
          w.bytes(obj.peer)
        }

        if (obj.addrs != null && obj.addrs.length > 0) {
          for (const value of obj.addrs) {
            w.uint32(18)
            w.string(value)
          }
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          peer: uint8ArrayAlloc(0),
          addrs: []
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.peer = reader.bytes()
              break
            }
            case 2: {
              if (opts.limits?.addrs != null && obj.addrs.length === opts.limits.addrs) {
                throw new MaxLengthError('Decode error - repeated field "addrs" had too many elements')
              }

              obj.addrs.push(reader.string())
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const obj = {
          addrs: 0
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.peer`,
                value: reader.bytes()
              }
              break
            }
            case 2: {
              if (opts.limits?.addrs != null && obj.addrs === opts.limits.addrs) {
                throw new MaxLengthError('Streaming decode error - repeated field "addrs" had too many elements')
              }

              yield {
                field: `${prefix}.addrs[]`,
                index: obj.addrs,
                value: reader.string()
              }

              obj.addrs++

              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface BlobSourcePeerFieldEvent {
    field: '$.peer'
    value: Uint8Array
  }

  export interface BlobSourceAddrsFieldEvent {
    field: '$.addrs[]'
    index: number
    value: string
  }

  export function encode (obj: Partial<BlobSource>): Uint8Array {
    return encodeMessage(obj, BlobSource.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<BlobSource>): BlobSource {
    return decodeMessage(buf, BlobSource.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<BlobSource>): Generator<BlobSourcePeerFieldEvent | BlobSourceAddrsFieldEvent> {
    return streamMessage(buf, BlobSource.codec(), opts)
  }
}

export interface LeaseReply {
  state: number
  have: number
}

export namespace LeaseReply {
  let _codec: Codec<LeaseReply>

  export const codec = (): Codec<LeaseReply> => {
    if (_codec == null) {
      _codec = message<LeaseReply>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.state != null && obj.state !== 0)) {
          w.uint32(8)
          w.uint32(obj.state)
        }

        if ((obj.have != null && obj.have !== 0)) {
          w.uint32(16)
          w.uint64Number(obj.have)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          state: 0,
          have: 0
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.state = reader.uint32()
              break
            }
            case 2: {
              obj.have = reader.uint64Number()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.state`,
                value: reader.uint32()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.have`,
                value: reader.uint64Number()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface LeaseReplyStateFieldEvent {
    field: '$.state'
    value: number
  }

  export interface LeaseReplyHaveFieldEvent {
    field: '$.have'
    value: number
  }

  export function encode (obj: Partial<LeaseReply>): Uint8Array {
    return encodeMessage(obj, LeaseReply.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<LeaseReply>): LeaseReply {
    return decodeMessage(buf, LeaseReply.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<LeaseReply>): Generator<LeaseReplyStateFieldEvent | LeaseReplyHaveFieldEvent> {
    return streamMessage(buf, LeaseReply.codec(), opts)
  }
}

export interface ReleaseRequest {
  root: Uint8Array
}

export namespace ReleaseRequest {
  let _codec: Codec<ReleaseRequest>

  export const codec = (): Codec<ReleaseRequest> => {
    if (_codec == null) {
      _codec = message<ReleaseRequest>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.root != null && obj.root.byteLength > 0)) {
          w.uint32(10)
          w.bytes(obj.root)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          root: uint8ArrayAlloc(0)
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.root = reader.bytes()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.root`,
                value: reader.bytes()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface ReleaseRequestRootFieldEvent {
    field: '$.root'
    value: Uint8Array
  }

  export function encode (obj: Partial<ReleaseRequest>): Uint8Array {
    return encodeMessage(obj, ReleaseRequest.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<ReleaseRequest>): ReleaseRequest {
    return decodeMessage(buf, ReleaseRequest.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<ReleaseRequest>): Generator<ReleaseRequestRootFieldEvent> {
    return streamMessage(buf, ReleaseRequest.codec(), opts)
  }
}

export interface HasBlocksRequest {
  cids: Uint8Array[]
  upload?: Uint8Array
}

export namespace HasBlocksRequest {
  let _codec: Codec<HasBlocksRequest>

  export const codec = (): Codec<HasBlocksRequest> => {
    if (_codec == null) {
      _codec = message<HasBlocksRequest>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if (obj.cids != null && obj.cids.length > 0) {
          for (const value of obj.cids) {
            w.uint32(10)
            w.bytes(value)
          }
        }

        if (obj.upload != null) {
          w.uint32(18)
          w.bytes(obj.upload)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          cids: []
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              if (opts.limits?.cids != null && obj.cids.length === opts.limits.cids) {
                throw new MaxLengthError('Decode error - repeated field "cids" had too many elements')
              }

              obj.cids.push(reader.bytes())
              break
            }
            case 2: {
              obj.upload = reader.bytes()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const obj = {
          cids: 0
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              if (opts.limits?.cids != null && obj.cids === opts.limits.cids) {
                throw new MaxLengthError('Streaming decode error - repeated field "cids" had too many elements')
              }

              yield {
                field: `${prefix}.cids[]`,
                index: obj.cids,
                value: reader.bytes()
              }

              obj.cids++

              break
            }
            case 2: {
              yield {
                field: `${prefix}.upload`,
                value: reader.bytes()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface HasBlocksRequestCidsFieldEvent {
    field: '$.cids[]'
    index: number
    value: Uint8Array
  }

  export interface HasBlocksRequestUploadFieldEvent {
    field: '$.upload'
    value: Uint8Array
  }

  export function encode (obj: Partial<HasBlocksRequest>): Uint8Array {
    return encodeMessage(obj, HasBlocksRequest.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<HasBlocksRequest>): HasBlocksRequest {
    return decodeMessage(buf, HasBlocksRequest.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<HasBlocksRequest>): Generator<HasBlocksRequestCidsFieldEvent | HasBlocksRequestUploadFieldEvent> {
    return streamMessage(buf, HasBlocksRequest.codec(), opts)
  }
}

export interface HasBlocksReply {
  here: Uint8Array
}

export namespace HasBlocksReply {
  let _codec: Codec<HasBlocksReply>

  export const codec = (): Codec<HasBlocksReply> => {
    if (_codec == null) {
      _codec = message<HasBlocksReply>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.here != null && obj.here.byteLength > 0)) {
          w.uint32(10)
          w.bytes(obj.here)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          here: uint8ArrayAlloc(0)
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.here = reader.bytes()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.here`,
                value: reader.bytes()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface HasBlocksReplyHereFieldEvent {
    field: '$.here'
    value: Uint8Array
  }

  export function encode (obj: Partial<HasBlocksReply>): Uint8Array {
    return encodeMessage(obj, HasBlocksReply.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<HasBlocksReply>): HasBlocksReply {
    return decodeMessage(buf, HasBlocksReply.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<HasBlocksReply>): Generator<HasBlocksReplyHereFieldEvent> {
    return streamMessage(buf, HasBlocksReply.codec(), opts)
  }
}

export interface ListLeasesRequest {
  after: Uint8Array
}

export namespace ListLeasesRequest {
  let _codec: Codec<ListLeasesRequest>

  export const codec = (): Codec<ListLeasesRequest> => {
    if (_codec == null) {
      _codec = message<ListLeasesRequest>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.after != null && obj.after.byteLength > 0)) {
          w.uint32(10)
          w.bytes(obj.after)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          after: uint8ArrayAlloc(0)
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.after = reader.bytes()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.after`,
                value: reader.bytes()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface ListLeasesRequestAfterFieldEvent {
    field: '$.after'
    value: Uint8Array
  }

  export function encode (obj: Partial<ListLeasesRequest>): Uint8Array {
    return encodeMessage(obj, ListLeasesRequest.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<ListLeasesRequest>): ListLeasesRequest {
    return decodeMessage(buf, ListLeasesRequest.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<ListLeasesRequest>): Generator<ListLeasesRequestAfterFieldEvent> {
    return streamMessage(buf, ListLeasesRequest.codec(), opts)
  }
}

export interface ListLeasesReply {
  leases: Lease[]
  more: boolean
}

export namespace ListLeasesReply {
  let _codec: Codec<ListLeasesReply>

  export const codec = (): Codec<ListLeasesReply> => {
    if (_codec == null) {
      _codec = message<ListLeasesReply>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if (obj.leases != null && obj.leases.length > 0) {
          for (const value of obj.leases) {
            w.uint32(10)
            Lease.codec().encode(value, w)
          }
        }

        if ((obj.more != null && obj.more !== false)) {
          w.uint32(16)
          w.bool(obj.more)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          leases: [],
          more: false
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              if (opts.limits?.leases != null && obj.leases.length === opts.limits.leases) {
                throw new MaxLengthError('Decode error - repeated field "leases" had too many elements')
              }

              obj.leases.push(Lease.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.leases$
              }))
              break
            }
            case 2: {
              obj.more = reader.bool()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const obj = {
          leases: 0
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              if (opts.limits?.leases != null && obj.leases === opts.limits.leases) {
                throw new MaxLengthError('Streaming decode error - repeated field "leases" had too many elements')
              }

              for (const evt of Lease.codec().stream(reader, reader.uint32(), `${prefix}.leases[]`, {
                limits: opts.limits?.leases$
              })) {
                yield {
                  ...evt,
                  index: obj.leases
                }
              }

              obj.leases++

              break
            }
            case 2: {
              yield {
                field: `${prefix}.more`,
                value: reader.bool()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface ListLeasesReplyLeasesRootFieldEvent {
    field: '$.leases[].root'
    value: Uint8Array
    index: number
  }

  export interface ListLeasesReplyLeasesSizeFieldEvent {
    field: '$.leases[].size'
    value: number
    index: number
  }

  export interface ListLeasesReplyLeasesStateFieldEvent {
    field: '$.leases[].state'
    value: number
    index: number
  }

  export interface ListLeasesReplyMoreFieldEvent {
    field: '$.more'
    value: boolean
  }

  export function encode (obj: Partial<ListLeasesReply>): Uint8Array {
    return encodeMessage(obj, ListLeasesReply.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<ListLeasesReply>): ListLeasesReply {
    return decodeMessage(buf, ListLeasesReply.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<ListLeasesReply>): Generator<ListLeasesReplyLeasesRootFieldEvent | ListLeasesReplyLeasesSizeFieldEvent | ListLeasesReplyLeasesStateFieldEvent | ListLeasesReplyMoreFieldEvent> {
    return streamMessage(buf, ListLeasesReply.codec(), opts)
  }
}

export interface Lease {
  root: Uint8Array
  size: number
  state: number
}

export namespace Lease {
  let _codec: Codec<Lease>

  export const codec = (): Codec<Lease> => {
    if (_codec == null) {
      _codec = message<Lease>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.root != null && obj.root.byteLength > 0)) {
          w.uint32(10)
          w.bytes(obj.root)
        }

        if ((obj.size != null && obj.size !== 0)) {
          w.uint32(16)
          w.uint64Number(obj.size)
        }

        if ((obj.state != null && obj.state !== 0)) {
          w.uint32(24)
          w.uint32(obj.state)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          root: uint8ArrayAlloc(0),
          size: 0,
          state: 0
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.root = reader.bytes()
              break
            }
            case 2: {
              obj.size = reader.uint64Number()
              break
            }
            case 3: {
              obj.state = reader.uint32()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.root`,
                value: reader.bytes()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.size`,
                value: reader.uint64Number()
              }
              break
            }
            case 3: {
              yield {
                field: `${prefix}.state`,
                value: reader.uint32()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface LeaseRootFieldEvent {
    field: '$.root'
    value: Uint8Array
  }

  export interface LeaseSizeFieldEvent {
    field: '$.size'
    value: number
  }

  export interface LeaseStateFieldEvent {
    field: '$.state'
    value: number
  }

  export function encode (obj: Partial<Lease>): Uint8Array {
    return encodeMessage(obj, Lease.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Lease>): Lease {
    return decodeMessage(buf, Lease.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Lease>): Generator<LeaseRootFieldEvent | LeaseSizeFieldEvent | LeaseStateFieldEvent> {
    return streamMessage(buf, Lease.codec(), opts)
  }
}

export interface PipeAddressesRequest {
  addresses: Uint8Array[]
  most: number
  again: number
}

export namespace PipeAddressesRequest {
  let _codec: Codec<PipeAddressesRequest>

  export const codec = (): Codec<PipeAddressesRequest> => {
    if (_codec == null) {
      _codec = message<PipeAddressesRequest>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if (obj.addresses != null && obj.addresses.length > 0) {
          for (const value of obj.addresses) {
            w.uint32(10)
            w.bytes(value)
          }
        }

        if ((obj.most != null && obj.most !== 0)) {
          w.uint32(320)
          w.uint32(obj.most)
        }

        if ((obj.again != null && obj.again !== 0)) {
          w.uint32(720)
          w.uint32(obj.again)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          addresses: [],
          most: 0,
          again: 0
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              if (opts.limits?.addresses != null && obj.addresses.length === opts.limits.addresses) {
                throw new MaxLengthError('Decode error - repeated field "addresses" had too many elements')
              }

              obj.addresses.push(reader.bytes())
              break
            }
            case 40: {
              obj.most = reader.uint32()
              break
            }
            case 90: {
              obj.again = reader.uint32()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const obj = {
          addresses: 0
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              if (opts.limits?.addresses != null && obj.addresses === opts.limits.addresses) {
                throw new MaxLengthError('Streaming decode error - repeated field "addresses" had too many elements')
              }

              yield {
                field: `${prefix}.addresses[]`,
                index: obj.addresses,
                value: reader.bytes()
              }

              obj.addresses++

              break
            }
            case 40: {
              yield {
                field: `${prefix}.most`,
                value: reader.uint32()
              }
              break
            }
            case 90: {
              yield {
                field: `${prefix}.again`,
                value: reader.uint32()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface PipeAddressesRequestAddressesFieldEvent {
    field: '$.addresses[]'
    index: number
    value: Uint8Array
  }

  export interface PipeAddressesRequestMostFieldEvent {
    field: '$.most'
    value: number
  }

  export interface PipeAddressesRequestAgainFieldEvent {
    field: '$.again'
    value: number
  }

  export function encode (obj: Partial<PipeAddressesRequest>): Uint8Array {
    return encodeMessage(obj, PipeAddressesRequest.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<PipeAddressesRequest>): PipeAddressesRequest {
    return decodeMessage(buf, PipeAddressesRequest.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<PipeAddressesRequest>): Generator<PipeAddressesRequestAddressesFieldEvent | PipeAddressesRequestMostFieldEvent | PipeAddressesRequestAgainFieldEvent> {
    return streamMessage(buf, PipeAddressesRequest.codec(), opts)
  }
}

export interface PipeSendRequest {
  address: Uint8Array
  frame: Uint8Array
}

export namespace PipeSendRequest {
  let _codec: Codec<PipeSendRequest>

  export const codec = (): Codec<PipeSendRequest> => {
    if (_codec == null) {
      _codec = message<PipeSendRequest>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.address != null && obj.address.byteLength > 0)) {
          w.uint32(10)
          w.bytes(obj.address)
        }

        if ((obj.frame != null && obj.frame.byteLength > 0)) {
          w.uint32(18)
          w.bytes(obj.frame)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          address: uint8ArrayAlloc(0),
          frame: uint8ArrayAlloc(0)
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.address = reader.bytes()
              break
            }
            case 2: {
              obj.frame = reader.bytes()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.address`,
                value: reader.bytes()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.frame`,
                value: reader.bytes()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface PipeSendRequestAddressFieldEvent {
    field: '$.address'
    value: Uint8Array
  }

  export interface PipeSendRequestFrameFieldEvent {
    field: '$.frame'
    value: Uint8Array
  }

  export function encode (obj: Partial<PipeSendRequest>): Uint8Array {
    return encodeMessage(obj, PipeSendRequest.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<PipeSendRequest>): PipeSendRequest {
    return decodeMessage(buf, PipeSendRequest.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<PipeSendRequest>): Generator<PipeSendRequestAddressFieldEvent | PipeSendRequestFrameFieldEvent> {
    return streamMessage(buf, PipeSendRequest.codec(), opts)
  }
}

export interface PipeTakenRequest {
  address: Uint8Array
  through: number
}

export namespace PipeTakenRequest {
  let _codec: Codec<PipeTakenRequest>

  export const codec = (): Codec<PipeTakenRequest> => {
    if (_codec == null) {
      _codec = message<PipeTakenRequest>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.address != null && obj.address.byteLength > 0)) {
          w.uint32(10)
          w.bytes(obj.address)
        }

        if ((obj.through != null && obj.through !== 0)) {
          w.uint32(16)
          w.uint64Number(obj.through)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          address: uint8ArrayAlloc(0),
          through: 0
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.address = reader.bytes()
              break
            }
            case 2: {
              obj.through = reader.uint64Number()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.address`,
                value: reader.bytes()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.through`,
                value: reader.uint64Number()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface PipeTakenRequestAddressFieldEvent {
    field: '$.address'
    value: Uint8Array
  }

  export interface PipeTakenRequestThroughFieldEvent {
    field: '$.through'
    value: number
  }

  export function encode (obj: Partial<PipeTakenRequest>): Uint8Array {
    return encodeMessage(obj, PipeTakenRequest.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<PipeTakenRequest>): PipeTakenRequest {
    return decodeMessage(buf, PipeTakenRequest.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<PipeTakenRequest>): Generator<PipeTakenRequestAddressFieldEvent | PipeTakenRequestThroughFieldEvent> {
    return streamMessage(buf, PipeTakenRequest.codec(), opts)
  }
}

export interface EntriesPush {
  log: Uint8Array
  entries: WireEntry[]
  head: Uint8Array
  prev?: Uint8Array
}

export namespace EntriesPush {
  let _codec: Codec<EntriesPush>

  export const codec = (): Codec<EntriesPush> => {
    if (_codec == null) {
      _codec = message<EntriesPush>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.log != null && obj.log.byteLength > 0)) {
          w.uint32(10)
          w.bytes(obj.log)
        }

        if (obj.entries != null && obj.entries.length > 0) {
          for (const value of obj.entries) {
            w.uint32(18)
            WireEntry.codec().encode(value, w)
          }
        }

        if ((obj.head != null && obj.head.byteLength > 0)) {
          w.uint32(26)
          w.bytes(obj.head)
        }

        if (obj.prev != null) {
          w.uint32(34)
          w.bytes(obj.prev)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          log: uint8ArrayAlloc(0),
          entries: [],
          head: uint8ArrayAlloc(0)
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.log = reader.bytes()
              break
            }
            case 2: {
              if (opts.limits?.entries != null && obj.entries.length === opts.limits.entries) {
                throw new MaxLengthError('Decode error - repeated field "entries" had too many elements')
              }

              obj.entries.push(WireEntry.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.entries$
              }))
              break
            }
            case 3: {
              obj.head = reader.bytes()
              break
            }
            case 4: {
              obj.prev = reader.bytes()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const obj = {
          entries: 0
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.log`,
                value: reader.bytes()
              }
              break
            }
            case 2: {
              if (opts.limits?.entries != null && obj.entries === opts.limits.entries) {
                throw new MaxLengthError('Streaming decode error - repeated field "entries" had too many elements')
              }

              for (const evt of WireEntry.codec().stream(reader, reader.uint32(), `${prefix}.entries[]`, {
                limits: opts.limits?.entries$
              })) {
                yield {
                  ...evt,
                  index: obj.entries
                }
              }

              obj.entries++

              break
            }
            case 3: {
              yield {
                field: `${prefix}.head`,
                value: reader.bytes()
              }
              break
            }
            case 4: {
              yield {
                field: `${prefix}.prev`,
                value: reader.bytes()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface EntriesPushLogFieldEvent {
    field: '$.log'
    value: Uint8Array
  }

  export interface EntriesPushEntriesLeafFieldEvent {
    field: '$.entries[].leaf'
    value: Uint8Array
    index: number
  }

  export interface EntriesPushEntriesPayloadFieldEvent {
    field: '$.entries[].payload'
    value: Uint8Array
    index: number
  }

  export interface EntriesPushHeadFieldEvent {
    field: '$.head'
    value: Uint8Array
  }

  export interface EntriesPushPrevFieldEvent {
    field: '$.prev'
    value: Uint8Array
  }

  export function encode (obj: Partial<EntriesPush>): Uint8Array {
    return encodeMessage(obj, EntriesPush.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<EntriesPush>): EntriesPush {
    return decodeMessage(buf, EntriesPush.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<EntriesPush>): Generator<EntriesPushLogFieldEvent | EntriesPushEntriesLeafFieldEvent | EntriesPushEntriesPayloadFieldEvent | EntriesPushHeadFieldEvent | EntriesPushPrevFieldEvent> {
    return streamMessage(buf, EntriesPush.codec(), opts)
  }
}

export interface UnfollowedPush {
  log: Uint8Array
  failure?: Failure
}

export namespace UnfollowedPush {
  let _codec: Codec<UnfollowedPush>

  export const codec = (): Codec<UnfollowedPush> => {
    if (_codec == null) {
      _codec = message<UnfollowedPush>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.log != null && obj.log.byteLength > 0)) {
          w.uint32(10)
          w.bytes(obj.log)
        }

        if (obj.failure != null) {
          w.uint32(18)
          Failure.codec().encode(obj.failure, w)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          log: uint8ArrayAlloc(0)
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.log = reader.bytes()
              break
            }
            case 2: {
              obj.failure = Failure.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.failure
              })
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.log`,
                value: reader.bytes()
              }
              break
            }
            case 2: {
              yield * Failure.codec().stream(reader, reader.uint32(), `${prefix}.failure`, {
                limits: opts.limits?.failure
              })

              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface UnfollowedPushLogFieldEvent {
    field: '$.log'
    value: Uint8Array
  }

  export interface UnfollowedPushFailureCodeFieldEvent {
    field: '$.failure.code'
    value: string
  }

  export interface UnfollowedPushFailureMessageFieldEvent {
    field: '$.failure.message'
    value: string
  }

  export interface UnfollowedPushFailureDetailsFieldEvent {
    field: '$.failure.details'
    value: Uint8Array
  }

  export function encode (obj: Partial<UnfollowedPush>): Uint8Array {
    return encodeMessage(obj, UnfollowedPush.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<UnfollowedPush>): UnfollowedPush {
    return decodeMessage(buf, UnfollowedPush.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<UnfollowedPush>): Generator<UnfollowedPushLogFieldEvent | UnfollowedPushFailureCodeFieldEvent | UnfollowedPushFailureMessageFieldEvent | UnfollowedPushFailureDetailsFieldEvent> {
    return streamMessage(buf, UnfollowedPush.codec(), opts)
  }
}

export interface PipePush {
  address: Uint8Array
  frame: Uint8Array
}

export namespace PipePush {
  let _codec: Codec<PipePush>

  export const codec = (): Codec<PipePush> => {
    if (_codec == null) {
      _codec = message<PipePush>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.address != null && obj.address.byteLength > 0)) {
          w.uint32(10)
          w.bytes(obj.address)
        }

        if ((obj.frame != null && obj.frame.byteLength > 0)) {
          w.uint32(18)
          w.bytes(obj.frame)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          address: uint8ArrayAlloc(0),
          frame: uint8ArrayAlloc(0)
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.address = reader.bytes()
              break
            }
            case 2: {
              obj.frame = reader.bytes()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.address`,
                value: reader.bytes()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.frame`,
                value: reader.bytes()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface PipePushAddressFieldEvent {
    field: '$.address'
    value: Uint8Array
  }

  export interface PipePushFrameFieldEvent {
    field: '$.frame'
    value: Uint8Array
  }

  export function encode (obj: Partial<PipePush>): Uint8Array {
    return encodeMessage(obj, PipePush.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<PipePush>): PipePush {
    return decodeMessage(buf, PipePush.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<PipePush>): Generator<PipePushAddressFieldEvent | PipePushFrameFieldEvent> {
    return streamMessage(buf, PipePush.codec(), opts)
  }
}

export interface KeptPush {
  address: Uint8Array
  frame: Uint8Array
  number: number
  again: number
}

export namespace KeptPush {
  let _codec: Codec<KeptPush>

  export const codec = (): Codec<KeptPush> => {
    if (_codec == null) {
      _codec = message<KeptPush>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.address != null && obj.address.byteLength > 0)) {
          w.uint32(10)
          w.bytes(obj.address)
        }

        if ((obj.frame != null && obj.frame.byteLength > 0)) {
          w.uint32(18)
          w.bytes(obj.frame)
        }

        if ((obj.number != null && obj.number !== 0)) {
          w.uint32(24)
          w.uint64Number(obj.number)
        }

        if ((obj.again != null && obj.again !== 0)) {
          w.uint32(728)
          w.uint32(obj.again)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          address: uint8ArrayAlloc(0),
          frame: uint8ArrayAlloc(0),
          number: 0,
          again: 0
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.address = reader.bytes()
              break
            }
            case 2: {
              obj.frame = reader.bytes()
              break
            }
            case 3: {
              obj.number = reader.uint64Number()
              break
            }
            case 91: {
              obj.again = reader.uint32()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.address`,
                value: reader.bytes()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.frame`,
                value: reader.bytes()
              }
              break
            }
            case 3: {
              yield {
                field: `${prefix}.number`,
                value: reader.uint64Number()
              }
              break
            }
            case 91: {
              yield {
                field: `${prefix}.again`,
                value: reader.uint32()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface KeptPushAddressFieldEvent {
    field: '$.address'
    value: Uint8Array
  }

  export interface KeptPushFrameFieldEvent {
    field: '$.frame'
    value: Uint8Array
  }

  export interface KeptPushNumberFieldEvent {
    field: '$.number'
    value: number
  }

  export interface KeptPushAgainFieldEvent {
    field: '$.again'
    value: number
  }

  export function encode (obj: Partial<KeptPush>): Uint8Array {
    return encodeMessage(obj, KeptPush.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<KeptPush>): KeptPush {
    return decodeMessage(buf, KeptPush.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<KeptPush>): Generator<KeptPushAddressFieldEvent | KeptPushFrameFieldEvent | KeptPushNumberFieldEvent | KeptPushAgainFieldEvent> {
    return streamMessage(buf, KeptPush.codec(), opts)
  }
}

export interface ErasedPush {
  log: Uint8Array
  revision: number
  erasures: Erasure[]
}

export namespace ErasedPush {
  let _codec: Codec<ErasedPush>

  export const codec = (): Codec<ErasedPush> => {
    if (_codec == null) {
      _codec = message<ErasedPush>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.log != null && obj.log.byteLength > 0)) {
          w.uint32(10)
          w.bytes(obj.log)
        }

        if ((obj.revision != null && obj.revision !== 0)) {
          w.uint32(16)
          w.uint64Number(obj.revision)
        }

        if (obj.erasures != null && obj.erasures.length > 0) {
          for (const value of obj.erasures) {
            w.uint32(26)
            Erasure.codec().encode(value, w)
          }
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          log: uint8ArrayAlloc(0),
          revision: 0,
          erasures: []
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.log = reader.bytes()
              break
            }
            case 2: {
              obj.revision = reader.uint64Number()
              break
            }
            case 3: {
              if (opts.limits?.erasures != null && obj.erasures.length === opts.limits.erasures) {
                throw new MaxLengthError('Decode error - repeated field "erasures" had too many elements')
              }

              obj.erasures.push(Erasure.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.erasures$
              }))
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const obj = {
          erasures: 0
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.log`,
                value: reader.bytes()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.revision`,
                value: reader.uint64Number()
              }
              break
            }
            case 3: {
              if (opts.limits?.erasures != null && obj.erasures === opts.limits.erasures) {
                throw new MaxLengthError('Streaming decode error - repeated field "erasures" had too many elements')
              }

              for (const evt of Erasure.codec().stream(reader, reader.uint32(), `${prefix}.erasures[]`, {
                limits: opts.limits?.erasures$
              })) {
                yield {
                  ...evt,
                  index: obj.erasures
                }
              }

              obj.erasures++

              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface ErasedPushLogFieldEvent {
    field: '$.log'
    value: Uint8Array
  }

  export interface ErasedPushRevisionFieldEvent {
    field: '$.revision'
    value: number
  }

  export interface ErasedPushErasuresSeqFieldEvent {
    field: '$.erasures[].seq'
    value: number
    index: number
  }

  export interface ErasedPushErasuresSecretFieldEvent {
    field: '$.erasures[].secret'
    value: Uint8Array
    index: number
  }

  export function encode (obj: Partial<ErasedPush>): Uint8Array {
    return encodeMessage(obj, ErasedPush.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<ErasedPush>): ErasedPush {
    return decodeMessage(buf, ErasedPush.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<ErasedPush>): Generator<ErasedPushLogFieldEvent | ErasedPushRevisionFieldEvent | ErasedPushErasuresSeqFieldEvent | ErasedPushErasuresSecretFieldEvent> {
    return streamMessage(buf, ErasedPush.codec(), opts)
  }
}

export interface Erasure {
  seq: number
  secret: Uint8Array
}

export namespace Erasure {
  let _codec: Codec<Erasure>

  export const codec = (): Codec<Erasure> => {
    if (_codec == null) {
      _codec = message<Erasure>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.seq != null && obj.seq !== 0)) {
          w.uint32(8)
          w.uint64Number(obj.seq)
        }

        if ((obj.secret != null && obj.secret.byteLength > 0)) {
          w.uint32(18)
          w.bytes(obj.secret)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          seq: 0,
          secret: uint8ArrayAlloc(0)
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.seq = reader.uint64Number()
              break
            }
            case 2: {
              obj.secret = reader.bytes()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.seq`,
                value: reader.uint64Number()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.secret`,
                value: reader.bytes()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface ErasureSeqFieldEvent {
    field: '$.seq'
    value: number
  }

  export interface ErasureSecretFieldEvent {
    field: '$.secret'
    value: Uint8Array
  }

  export function encode (obj: Partial<Erasure>): Uint8Array {
    return encodeMessage(obj, Erasure.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Erasure>): Erasure {
    return decodeMessage(buf, Erasure.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Erasure>): Generator<ErasureSeqFieldEvent | ErasureSecretFieldEvent> {
    return streamMessage(buf, Erasure.codec(), opts)
  }
}

export interface BlobFrame {
  put?: BlobPut
  stored?: BlobStored
  want?: BlobWant
  block?: BlobBlock
  absent?: BlobAbsent
  refused?: BlobRefused
  cancel?: BlobCancel
  closing?: Failure
}

export namespace BlobFrame {
  let _codec: Codec<BlobFrame>

  export const codec = (): Codec<BlobFrame> => {
    if (_codec == null) {
      _codec = message<BlobFrame>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        obj = { ...obj }

        if (obj.closing != null) {
          obj.cancel = undefined
          obj.refused = undefined
          obj.absent = undefined
          obj.block = undefined
          obj.want = undefined
          obj.stored = undefined
          obj.put = undefined
        }

        if (obj.cancel != null) {
          obj.closing = undefined
          obj.refused = undefined
          obj.absent = undefined
          obj.block = undefined
          obj.want = undefined
          obj.stored = undefined
          obj.put = undefined
        }

        if (obj.refused != null) {
          obj.closing = undefined
          obj.cancel = undefined
          obj.absent = undefined
          obj.block = undefined
          obj.want = undefined
          obj.stored = undefined
          obj.put = undefined
        }

        if (obj.absent != null) {
          obj.closing = undefined
          obj.cancel = undefined
          obj.refused = undefined
          obj.block = undefined
          obj.want = undefined
          obj.stored = undefined
          obj.put = undefined
        }

        if (obj.block != null) {
          obj.closing = undefined
          obj.cancel = undefined
          obj.refused = undefined
          obj.absent = undefined
          obj.want = undefined
          obj.stored = undefined
          obj.put = undefined
        }

        if (obj.want != null) {
          obj.closing = undefined
          obj.cancel = undefined
          obj.refused = undefined
          obj.absent = undefined
          obj.block = undefined
          obj.stored = undefined
          obj.put = undefined
        }

        if (obj.stored != null) {
          obj.closing = undefined
          obj.cancel = undefined
          obj.refused = undefined
          obj.absent = undefined
          obj.block = undefined
          obj.want = undefined
          obj.put = undefined
        }

        if (obj.put != null) {
          obj.closing = undefined
          obj.cancel = undefined
          obj.refused = undefined
          obj.absent = undefined
          obj.block = undefined
          obj.want = undefined
          obj.stored = undefined
        }

        if (obj.put != null) {
          w.uint32(10)
          BlobPut.codec().encode(obj.put, w)
        }

        if (obj.stored != null) {
          w.uint32(18)
          BlobStored.codec().encode(obj.stored, w)
        }

        if (obj.want != null) {
          w.uint32(26)
          BlobWant.codec().encode(obj.want, w)
        }

        if (obj.block != null) {
          w.uint32(34)
          BlobBlock.codec().encode(obj.block, w)
        }

        if (obj.absent != null) {
          w.uint32(42)
          BlobAbsent.codec().encode(obj.absent, w)
        }

        if (obj.refused != null) {
          w.uint32(50)
          BlobRefused.codec().encode(obj.refused, w)
        }

        if (obj.cancel != null) {
          w.uint32(58)
          BlobCancel.codec().encode(obj.cancel, w)
        }

        if (obj.closing != null) {
          w.uint32(66)
          Failure.codec().encode(obj.closing, w)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {}

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.put = BlobPut.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.put
              })
              break
            }
            case 2: {
              obj.stored = BlobStored.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.stored
              })
              break
            }
            case 3: {
              obj.want = BlobWant.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.want
              })
              break
            }
            case 4: {
              obj.block = BlobBlock.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.block
              })
              break
            }
            case 5: {
              obj.absent = BlobAbsent.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.absent
              })
              break
            }
            case 6: {
              obj.refused = BlobRefused.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.refused
              })
              break
            }
            case 7: {
              obj.cancel = BlobCancel.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.cancel
              })
              break
            }
            case 8: {
              obj.closing = Failure.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.closing
              })
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        if (obj.closing != null) {
          delete obj.cancel
          delete obj.refused
          delete obj.absent
          delete obj.block
          delete obj.want
          delete obj.stored
          delete obj.put
        }

        if (obj.cancel != null) {
          delete obj.closing
          delete obj.refused
          delete obj.absent
          delete obj.block
          delete obj.want
          delete obj.stored
          delete obj.put
        }

        if (obj.refused != null) {
          delete obj.closing
          delete obj.cancel
          delete obj.absent
          delete obj.block
          delete obj.want
          delete obj.stored
          delete obj.put
        }

        if (obj.absent != null) {
          delete obj.closing
          delete obj.cancel
          delete obj.refused
          delete obj.block
          delete obj.want
          delete obj.stored
          delete obj.put
        }

        if (obj.block != null) {
          delete obj.closing
          delete obj.cancel
          delete obj.refused
          delete obj.absent
          delete obj.want
          delete obj.stored
          delete obj.put
        }

        if (obj.want != null) {
          delete obj.closing
          delete obj.cancel
          delete obj.refused
          delete obj.absent
          delete obj.block
          delete obj.stored
          delete obj.put
        }

        if (obj.stored != null) {
          delete obj.closing
          delete obj.cancel
          delete obj.refused
          delete obj.absent
          delete obj.block
          delete obj.want
          delete obj.put
        }

        if (obj.put != null) {
          delete obj.closing
          delete obj.cancel
          delete obj.refused
          delete obj.absent
          delete obj.block
          delete obj.want
          delete obj.stored
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield * BlobPut.codec().stream(reader, reader.uint32(), `${prefix}.put`, {
                limits: opts.limits?.put
              })

              break
            }
            case 2: {
              yield * BlobStored.codec().stream(reader, reader.uint32(), `${prefix}.stored`, {
                limits: opts.limits?.stored
              })

              break
            }
            case 3: {
              yield * BlobWant.codec().stream(reader, reader.uint32(), `${prefix}.want`, {
                limits: opts.limits?.want
              })

              break
            }
            case 4: {
              yield * BlobBlock.codec().stream(reader, reader.uint32(), `${prefix}.block`, {
                limits: opts.limits?.block
              })

              break
            }
            case 5: {
              yield * BlobAbsent.codec().stream(reader, reader.uint32(), `${prefix}.absent`, {
                limits: opts.limits?.absent
              })

              break
            }
            case 6: {
              yield * BlobRefused.codec().stream(reader, reader.uint32(), `${prefix}.refused`, {
                limits: opts.limits?.refused
              })

              break
            }
            case 7: {
              yield * BlobCancel.codec().stream(reader, reader.uint32(), `${prefix}.cancel`, {
                limits: opts.limits?.cancel
              })

              break
            }
            case 8: {
              yield * Failure.codec().stream(reader, reader.uint32(), `${prefix}.closing`, {
                limits: opts.limits?.closing
              })

              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface BlobFramePutIdFieldEvent {
    field: '$.put.id'
    value: number
  }

  export interface BlobFramePutUploadFieldEvent {
    field: '$.put.upload'
    value: Uint8Array
  }

  export interface BlobFramePutCidFieldEvent {
    field: '$.put.cid'
    value: Uint8Array
  }

  export interface BlobFramePutBytesFieldEvent {
    field: '$.put.bytes'
    value: Uint8Array
  }

  export interface BlobFrameStoredIdsFieldEvent {
    field: '$.stored.ids[]'
    index: number
    value: number
  }

  export interface BlobFrameStoredWindowFieldEvent {
    field: '$.stored.window'
    value: number
  }

  export interface BlobFrameWantIdFieldEvent {
    field: '$.want.id'
    value: number
  }

  export interface BlobFrameWantCidsFieldEvent {
    field: '$.want.cids[]'
    index: number
    value: Uint8Array
  }

  export interface BlobFrameWantFirstFieldEvent {
    field: '$.want.first'
    value: boolean
  }

  export interface BlobFrameBlockIdFieldEvent {
    field: '$.block.id'
    value: number
  }

  export interface BlobFrameBlockAtFieldEvent {
    field: '$.block.at'
    value: number
  }

  export interface BlobFrameBlockBytesFieldEvent {
    field: '$.block.bytes'
    value: Uint8Array
  }

  export interface BlobFrameAbsentIdFieldEvent {
    field: '$.absent.id'
    value: number
  }

  export interface BlobFrameAbsentAtFieldEvent {
    field: '$.absent.at[]'
    index: number
    value: number
  }

  export interface BlobFrameRefusedIdFieldEvent {
    field: '$.refused.id'
    value: number
  }

  export interface BlobFrameRefusedFailureCodeFieldEvent {
    field: '$.refused.failure.code'
    value: string
  }

  export interface BlobFrameRefusedFailureMessageFieldEvent {
    field: '$.refused.failure.message'
    value: string
  }

  export interface BlobFrameRefusedFailureDetailsFieldEvent {
    field: '$.refused.failure.details'
    value: Uint8Array
  }

  export interface BlobFrameCancelIdFieldEvent {
    field: '$.cancel.id'
    value: number
  }

  export interface BlobFrameClosingCodeFieldEvent {
    field: '$.closing.code'
    value: string
  }

  export interface BlobFrameClosingMessageFieldEvent {
    field: '$.closing.message'
    value: string
  }

  export interface BlobFrameClosingDetailsFieldEvent {
    field: '$.closing.details'
    value: Uint8Array
  }

  export function encode (obj: Partial<BlobFrame>): Uint8Array {
    return encodeMessage(obj, BlobFrame.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<BlobFrame>): BlobFrame {
    return decodeMessage(buf, BlobFrame.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<BlobFrame>): Generator<BlobFramePutIdFieldEvent | BlobFramePutUploadFieldEvent | BlobFramePutCidFieldEvent | BlobFramePutBytesFieldEvent | BlobFrameStoredIdsFieldEvent | BlobFrameStoredWindowFieldEvent | BlobFrameWantIdFieldEvent | BlobFrameWantCidsFieldEvent | BlobFrameWantFirstFieldEvent | BlobFrameBlockIdFieldEvent | BlobFrameBlockAtFieldEvent | BlobFrameBlockBytesFieldEvent | BlobFrameAbsentIdFieldEvent | BlobFrameAbsentAtFieldEvent | BlobFrameRefusedIdFieldEvent | BlobFrameRefusedFailureCodeFieldEvent | BlobFrameRefusedFailureMessageFieldEvent | BlobFrameRefusedFailureDetailsFieldEvent | BlobFrameCancelIdFieldEvent | BlobFrameClosingCodeFieldEvent | BlobFrameClosingMessageFieldEvent | BlobFrameClosingDetailsFieldEvent> {
    return streamMessage(buf, BlobFrame.codec(), opts)
  }
}

export interface BlobPut {
  id: number
  upload: Uint8Array
  cid: Uint8Array
  bytes: Uint8Array
}

export namespace BlobPut {
  let _codec: Codec<BlobPut>

  export const codec = (): Codec<BlobPut> => {
    if (_codec == null) {
      _codec = message<BlobPut>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.id != null && obj.id !== 0)) {
          w.uint32(8)
          w.uint32(obj.id)
        }

        if ((obj.upload != null && obj.upload.byteLength > 0)) {
          w.uint32(18)
          w.bytes(obj.upload)
        }

        if ((obj.cid != null && obj.cid.byteLength > 0)) {
          w.uint32(26)
          w.bytes(obj.cid)
        }

        if ((obj.bytes != null && obj.bytes.byteLength > 0)) {
          w.uint32(34)
          w.bytes(obj.bytes)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          id: 0,
          upload: uint8ArrayAlloc(0),
          cid: uint8ArrayAlloc(0),
          bytes: uint8ArrayAlloc(0)
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.id = reader.uint32()
              break
            }
            case 2: {
              obj.upload = reader.bytes()
              break
            }
            case 3: {
              obj.cid = reader.bytes()
              break
            }
            case 4: {
              obj.bytes = reader.bytes()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.id`,
                value: reader.uint32()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.upload`,
                value: reader.bytes()
              }
              break
            }
            case 3: {
              yield {
                field: `${prefix}.cid`,
                value: reader.bytes()
              }
              break
            }
            case 4: {
              yield {
                field: `${prefix}.bytes`,
                value: reader.bytes()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface BlobPutIdFieldEvent {
    field: '$.id'
    value: number
  }

  export interface BlobPutUploadFieldEvent {
    field: '$.upload'
    value: Uint8Array
  }

  export interface BlobPutCidFieldEvent {
    field: '$.cid'
    value: Uint8Array
  }

  export interface BlobPutBytesFieldEvent {
    field: '$.bytes'
    value: Uint8Array
  }

  export function encode (obj: Partial<BlobPut>): Uint8Array {
    return encodeMessage(obj, BlobPut.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<BlobPut>): BlobPut {
    return decodeMessage(buf, BlobPut.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<BlobPut>): Generator<BlobPutIdFieldEvent | BlobPutUploadFieldEvent | BlobPutCidFieldEvent | BlobPutBytesFieldEvent> {
    return streamMessage(buf, BlobPut.codec(), opts)
  }
}

export interface BlobStored {
  ids: number[]
  window: number
}

export namespace BlobStored {
  let _codec: Codec<BlobStored>

  export const codec = (): Codec<BlobStored> => {
    if (_codec == null) {
      _codec = message<BlobStored>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if (obj.ids != null && obj.ids.length > 0) {
          for (const value of obj.ids) {
            w.uint32(8)
            w.uint32(value)
          }
        }

        if ((obj.window != null && obj.window !== 0)) {
          w.uint32(16)
          w.uint32(obj.window)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          ids: [],
          window: 0
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              if (opts.limits?.ids != null && obj.ids.length === opts.limits.ids) {
                throw new MaxLengthError('Decode error - repeated field "ids" had too many elements')
              }

              obj.ids.push(reader.uint32())
              break
            }
            case 2: {
              obj.window = reader.uint32()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const obj = {
          ids: 0
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              if (opts.limits?.ids != null && obj.ids === opts.limits.ids) {
                throw new MaxLengthError('Streaming decode error - repeated field "ids" had too many elements')
              }

              yield {
                field: `${prefix}.ids[]`,
                index: obj.ids,
                value: reader.uint32()
              }

              obj.ids++

              break
            }
            case 2: {
              yield {
                field: `${prefix}.window`,
                value: reader.uint32()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface BlobStoredIdsFieldEvent {
    field: '$.ids[]'
    index: number
    value: number
  }

  export interface BlobStoredWindowFieldEvent {
    field: '$.window'
    value: number
  }

  export function encode (obj: Partial<BlobStored>): Uint8Array {
    return encodeMessage(obj, BlobStored.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<BlobStored>): BlobStored {
    return decodeMessage(buf, BlobStored.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<BlobStored>): Generator<BlobStoredIdsFieldEvent | BlobStoredWindowFieldEvent> {
    return streamMessage(buf, BlobStored.codec(), opts)
  }
}

export interface BlobWant {
  id: number
  cids: Uint8Array[]
  first: boolean
}

export namespace BlobWant {
  let _codec: Codec<BlobWant>

  export const codec = (): Codec<BlobWant> => {
    if (_codec == null) {
      _codec = message<BlobWant>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.id != null && obj.id !== 0)) {
          w.uint32(8)
          w.uint32(obj.id)
        }

        if (obj.cids != null && obj.cids.length > 0) {
          for (const value of obj.cids) {
            w.uint32(18)
            w.bytes(value)
          }
        }

        if ((obj.first != null && obj.first !== false)) {
          w.uint32(24)
          w.bool(obj.first)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          id: 0,
          cids: [],
          first: false
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.id = reader.uint32()
              break
            }
            case 2: {
              if (opts.limits?.cids != null && obj.cids.length === opts.limits.cids) {
                throw new MaxLengthError('Decode error - repeated field "cids" had too many elements')
              }

              obj.cids.push(reader.bytes())
              break
            }
            case 3: {
              obj.first = reader.bool()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const obj = {
          cids: 0
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.id`,
                value: reader.uint32()
              }
              break
            }
            case 2: {
              if (opts.limits?.cids != null && obj.cids === opts.limits.cids) {
                throw new MaxLengthError('Streaming decode error - repeated field "cids" had too many elements')
              }

              yield {
                field: `${prefix}.cids[]`,
                index: obj.cids,
                value: reader.bytes()
              }

              obj.cids++

              break
            }
            case 3: {
              yield {
                field: `${prefix}.first`,
                value: reader.bool()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface BlobWantIdFieldEvent {
    field: '$.id'
    value: number
  }

  export interface BlobWantCidsFieldEvent {
    field: '$.cids[]'
    index: number
    value: Uint8Array
  }

  export interface BlobWantFirstFieldEvent {
    field: '$.first'
    value: boolean
  }

  export function encode (obj: Partial<BlobWant>): Uint8Array {
    return encodeMessage(obj, BlobWant.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<BlobWant>): BlobWant {
    return decodeMessage(buf, BlobWant.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<BlobWant>): Generator<BlobWantIdFieldEvent | BlobWantCidsFieldEvent | BlobWantFirstFieldEvent> {
    return streamMessage(buf, BlobWant.codec(), opts)
  }
}

export interface BlobBlock {
  id: number
  at: number
  bytes: Uint8Array
}

export namespace BlobBlock {
  let _codec: Codec<BlobBlock>

  export const codec = (): Codec<BlobBlock> => {
    if (_codec == null) {
      _codec = message<BlobBlock>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.id != null && obj.id !== 0)) {
          w.uint32(8)
          w.uint32(obj.id)
        }

        if ((obj.at != null && obj.at !== 0)) {
          w.uint32(16)
          w.uint32(obj.at)
        }

        if ((obj.bytes != null && obj.bytes.byteLength > 0)) {
          w.uint32(26)
          w.bytes(obj.bytes)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          id: 0,
          at: 0,
          bytes: uint8ArrayAlloc(0)
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.id = reader.uint32()
              break
            }
            case 2: {
              obj.at = reader.uint32()
              break
            }
            case 3: {
              obj.bytes = reader.bytes()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.id`,
                value: reader.uint32()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.at`,
                value: reader.uint32()
              }
              break
            }
            case 3: {
              yield {
                field: `${prefix}.bytes`,
                value: reader.bytes()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface BlobBlockIdFieldEvent {
    field: '$.id'
    value: number
  }

  export interface BlobBlockAtFieldEvent {
    field: '$.at'
    value: number
  }

  export interface BlobBlockBytesFieldEvent {
    field: '$.bytes'
    value: Uint8Array
  }

  export function encode (obj: Partial<BlobBlock>): Uint8Array {
    return encodeMessage(obj, BlobBlock.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<BlobBlock>): BlobBlock {
    return decodeMessage(buf, BlobBlock.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<BlobBlock>): Generator<BlobBlockIdFieldEvent | BlobBlockAtFieldEvent | BlobBlockBytesFieldEvent> {
    return streamMessage(buf, BlobBlock.codec(), opts)
  }
}

export interface BlobAbsent {
  id: number
  at: number[]
}

export namespace BlobAbsent {
  let _codec: Codec<BlobAbsent>

  export const codec = (): Codec<BlobAbsent> => {
    if (_codec == null) {
      _codec = message<BlobAbsent>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.id != null && obj.id !== 0)) {
          w.uint32(8)
          w.uint32(obj.id)
        }

        if (obj.at != null && obj.at.length > 0) {
          for (const value of obj.at) {
            w.uint32(16)
            w.uint32(value)
          }
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          id: 0,
          at: []
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.id = reader.uint32()
              break
            }
            case 2: {
              if (opts.limits?.at != null && obj.at.length === opts.limits.at) {
                throw new MaxLengthError('Decode error - repeated field "at" had too many elements')
              }

              obj.at.push(reader.uint32())
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const obj = {
          at: 0
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.id`,
                value: reader.uint32()
              }
              break
            }
            case 2: {
              if (opts.limits?.at != null && obj.at === opts.limits.at) {
                throw new MaxLengthError('Streaming decode error - repeated field "at" had too many elements')
              }

              yield {
                field: `${prefix}.at[]`,
                index: obj.at,
                value: reader.uint32()
              }

              obj.at++

              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface BlobAbsentIdFieldEvent {
    field: '$.id'
    value: number
  }

  export interface BlobAbsentAtFieldEvent {
    field: '$.at[]'
    index: number
    value: number
  }

  export function encode (obj: Partial<BlobAbsent>): Uint8Array {
    return encodeMessage(obj, BlobAbsent.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<BlobAbsent>): BlobAbsent {
    return decodeMessage(buf, BlobAbsent.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<BlobAbsent>): Generator<BlobAbsentIdFieldEvent | BlobAbsentAtFieldEvent> {
    return streamMessage(buf, BlobAbsent.codec(), opts)
  }
}

export interface BlobRefused {
  id: number
  failure?: Failure
}

export namespace BlobRefused {
  let _codec: Codec<BlobRefused>

  export const codec = (): Codec<BlobRefused> => {
    if (_codec == null) {
      _codec = message<BlobRefused>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.id != null && obj.id !== 0)) {
          w.uint32(8)
          w.uint32(obj.id)
        }

        if (obj.failure != null) {
          w.uint32(18)
          Failure.codec().encode(obj.failure, w)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          id: 0
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.id = reader.uint32()
              break
            }
            case 2: {
              obj.failure = Failure.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.failure
              })
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.id`,
                value: reader.uint32()
              }
              break
            }
            case 2: {
              yield * Failure.codec().stream(reader, reader.uint32(), `${prefix}.failure`, {
                limits: opts.limits?.failure
              })

              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface BlobRefusedIdFieldEvent {
    field: '$.id'
    value: number
  }

  export interface BlobRefusedFailureCodeFieldEvent {
    field: '$.failure.code'
    value: string
  }

  export interface BlobRefusedFailureMessageFieldEvent {
    field: '$.failure.message'
    value: string
  }

  export interface BlobRefusedFailureDetailsFieldEvent {
    field: '$.failure.details'
    value: Uint8Array
  }

  export function encode (obj: Partial<BlobRefused>): Uint8Array {
    return encodeMessage(obj, BlobRefused.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<BlobRefused>): BlobRefused {
    return decodeMessage(buf, BlobRefused.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<BlobRefused>): Generator<BlobRefusedIdFieldEvent | BlobRefusedFailureCodeFieldEvent | BlobRefusedFailureMessageFieldEvent | BlobRefusedFailureDetailsFieldEvent> {
    return streamMessage(buf, BlobRefused.codec(), opts)
  }
}

export interface BlobCancel {
  id: number
}

export namespace BlobCancel {
  let _codec: Codec<BlobCancel>

  export const codec = (): Codec<BlobCancel> => {
    if (_codec == null) {
      _codec = message<BlobCancel>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.id != null && obj.id !== 0)) {
          w.uint32(8)
          w.uint32(obj.id)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          id: 0
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.id = reader.uint32()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.id`,
                value: reader.uint32()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface BlobCancelIdFieldEvent {
    field: '$.id'
    value: number
  }

  export function encode (obj: Partial<BlobCancel>): Uint8Array {
    return encodeMessage(obj, BlobCancel.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<BlobCancel>): BlobCancel {
    return decodeMessage(buf, BlobCancel.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<BlobCancel>): Generator<BlobCancelIdFieldEvent> {
    return streamMessage(buf, BlobCancel.codec(), opts)
  }
}
