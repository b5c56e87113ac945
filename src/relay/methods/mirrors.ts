/** The calls by which a device has its relay mirror logs of other homes. */
import { UnsupportedError } from '../../protocol/wire/index.js'
import type { Method } from './method.js'

/** See MirrorRequest. */
export const mirror: Method = async () => { throw new UnsupportedError('this relay mirrors no logs') }

/** See LogRequest. */
export const unmirror: Method = async () => { throw new UnsupportedError('this relay mirrors no logs') }
