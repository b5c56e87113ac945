import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { RELAY_COMMANDS } from '../../src/cli/specs/relay.js'
import { Metrics } from '../../src/relay/health/metrics.js'
import { directoryMetrics, processMetrics, visitMetrics } from '../../src/relay/health/process-metrics.js'
import { serviceMetrics } from '../../src/relay/health/service-metrics.js'
import { SERVICE_DEFAULTS } from '../../src/relay/index.js'

const none = (): number => 0

describe('relay: the operator\'s page', () => {
  let page: string
  before(async () => { page = await readFile(new URL('../../src/relay/RELAY.md', import.meta.url), 'utf8') })

  it('names every metric, and none that is not there', () => {
    const metrics = new Metrics()
    serviceMetrics(metrics)
    visitMetrics(metrics, none)
    directoryMetrics(metrics, { peers: 0, forks: 0, published: 0, records: { count: 0 } })
    processMetrics(metrics, {
      connections: none, channels: none, sessions: none, follows: none, accounts: none, logs: none, bytes: none, moved: none, coming: none, mirrors: () => ({ logs: 0, broken: 0, homes: 0, connected: 0 }), behind: none, media: () => ({ leases: 0, bytes: 0, blocks: 0, storedBytes: 0, diskBytes: 0, uploads: 0, coming: 0 }), reports: none, storeState: () => 'open'
    })()
    const there = [...metrics.text().matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name)
    const named = new Set([...page.matchAll(/`((?:petrel|process|nodejs)_[a-z_]+)/g)].map(([, name]) => name))
    assert.deepEqual([...named].sort(), there.sort())
  })

  it('names every flag of relay run, every rate and every command', () => {
    const relay = RELAY_COMMANDS.find(({ name }) => name === 'relay')
    const run = relay?.commands?.find(({ name }) => name === 'run')
    for (const { flags } of run?.options ?? []) assert.ok(page.includes(`| \`${flags.split(' ')[0]!}\` |`), flags)
    for (const rate of Object.keys(SERVICE_DEFAULTS.rates)) assert.ok(page.includes(`\`rates.${rate}\``), rate)
    for (const { name } of relay?.commands ?? []) assert.ok(page.includes(`petrel.js relay ${name}`), name)
  })
})
