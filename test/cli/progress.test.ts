import assert from 'node:assert/strict'
import { Meter, progressText } from '../../src/cli/terminal/progress.js'

describe('the progress line', () => {
  it('says what, how far, how fast and how long still', () => {
    assert.equal(progressText({ what: 'a.mp4: uploading', bytes: 45 * 1024 ** 2, total: 100 * 1024 ** 2, rate: 10 * 1024 ** 2 }), 'a.mp4: uploading   45 %  45.0 MiB of 100 MiB  10.0 MiB/s  6s left')
    assert.equal(progressText({ what: 'a', bytes: 5, total: 5, rate: 10 }), 'a  100 %  5 B of 5 B')
    assert.equal(progressText({ what: 'a', bytes: 0, total: 0, rate: 0 }), 'a  100 %  0 B of 0 B')
  })

  it('shows no name that drives the terminal', () => { assert.ok(!progressText({ what: 'a\u001b[2J', bytes: 0, total: 1, rate: 0 }).includes('\u001b')) })

  it('finds a steady rate, and follows a change within seconds', () => {
    const meter = new Meter('a', 10_000, 0)
    let standing = meter.add(0, 0)
    for (let ms = 100; ms <= 2000; ms += 100) standing = meter.add(100, ms)
    assert.ok(Math.abs(standing.rate - 1000) < 1, String(standing.rate))
    for (let ms = 2100; ms <= 20_000; ms += 100) standing = meter.add(50, ms)
    assert.ok(Math.abs(standing.rate - 500) < 10, String(standing.rate))
  })

  it('does not count what was there before, nor guess from the first bytes', () => {
    const meter = new Meter('a', 1000, 0, 900)
    assert.deepEqual(meter.add(10, 100), { what: 'a', bytes: 910, total: 1000, rate: 0 })
  })
})
