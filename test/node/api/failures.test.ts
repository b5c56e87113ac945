import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Code } from '@connectrpc/connect'
import { connectErrorOf } from '../../../src/node/api/http/failures.js'
import * as errors from '../../../src/protocol/wire/errors.js'

const PAGE = join(import.meta.dirname, '../../../src/protocol/api/API.md')
/** https://connectrpc.com/docs/protocol/#error-codes */
const STATUS: Partial<Record<Code, number>> = {
  [Code.Canceled]: 499, [Code.InvalidArgument]: 400, [Code.DeadlineExceeded]: 504, [Code.NotFound]: 404, [Code.AlreadyExists]: 409,
  [Code.PermissionDenied]: 403, [Code.ResourceExhausted]: 429, [Code.FailedPrecondition]: 400, [Code.Aborted]: 409, [Code.Unimplemented]: 501,
  [Code.Internal]: 500, [Code.Unavailable]: 503, [Code.DataLoss]: 500, [Code.Unauthenticated]: 401
}

/** gRPC's spelling of a code. */
const grpcName = (code: Code): string => code === Code.Canceled ? 'CANCELLED' : (Code[code] ?? '').replace(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase()

describe('the errors of the local API', () => {
  const codes = Object.values(errors).flatMap(value => typeof value === 'function' && 'code' in value && typeof value.code === 'string' ? [value.code] : [])
  const rows = new Map([...readFileSync(PAGE, 'utf8').matchAll(/^\| (ERR_\w+) \|.*\| (\d+) \| (\w+) \|$/gm)].map(([, code, status, name]) => [code, { status: Number(status), name }]))

  it('stand in API.md, all of them and no other', () => {
    assert.ok(codes.length > 20)
    assert.deepEqual([...rows.keys()].sort(), [...codes].sort())
  })

  for (const code of codes) {
    it(`have the status and gRPC's code that API.md tells: ${code}`, () => {
      const error = connectErrorOf(errors.errorFromCode(code, 'a message', { retryMs: 5 }))
      assert.deepEqual(rows.get(code), { status: STATUS[error.code], name: grpcName(error.code) })
      assert.equal(error.metadata.get('petrel-code'), code)
    })
  }
})
