/** The calls that bring logs to a new home and give up old copies. */
import { UnsupportedError } from '../../protocol/wire/index.js'
import type { Method } from './method.js'

/** See AdoptLogRequest. */
export const adoptLog: Method = async () => { throw new UnsupportedError('this relay cannot take logs of other homes yet') }

/** Takes a LogRequest. */
export const dropLog: Method = async () => { throw new UnsupportedError('this relay cannot give logs up yet') }
