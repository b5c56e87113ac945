import assert from 'node:assert/strict'
import { parseSize } from '../../src/cli/size.js'

describe('cli: sizes', () => {
  it('are bytes, or bytes in binary units', () => {
    assert.deepEqual(['1', '2KiB', '500 MiB', '20GiB', '3TiB'].map(text => parseSize(text, '--x')), [1, 2048, 500 * 1024 ** 2, 20 * 1024 ** 3, 3 * 1024 ** 4])
  })

  it('are nothing else: no zero, no other unit, nothing beyond what a number holds', () => {
    for (const text of ['', '0', '-1', '1.5GiB', '20GB', '5g', '1e9', '99999999999999TiB', 'GiB']) assert.throws(() => parseSize(text, '--total-quota'), { code: 'ERR_BAD_INPUT', message: /--total-quota needs a size/ })
  })
})
