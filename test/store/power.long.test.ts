import assert from 'node:assert/strict'
import { survivePowerCuts } from './power.js'

describe('a store whose power is cut', () => {
  it('opens with every acknowledged entry, whatever was torn off behind the last fsync', async () => {
    assert.ok(await survivePowerCuts(20) > 1000)
  })
})
