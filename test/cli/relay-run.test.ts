import assert from 'node:assert/strict'
import type { RelayDoor } from '../../src/cli/doors.js'
import { cli, OTHER } from './support.js'

type Options = Parameters<RelayDoor['createRelay']>[0]

/** What `petrel relay run` makes a relay with, and how it ended. */
async function run (args: string[], env: Record<string, string> = {}): Promise<{ options: Options | undefined, code: number, err: string }> {
  let options: Options | undefined
  const door = {
    createRelay: async (given: Options) => { options = given; return { peerId: OTHER, addresses: () => [], healthUrl: undefined, stop: async () => {}, stopped: new Promise(() => {}) } }
  } as unknown as RelayDoor
  const { code, err } = await cli(['relay', 'run', '--dir', '/relay', ...args], { doors: { relay: async () => door }, io: { env, signal: AbortSignal.abort() } })
  return { options, code, err }
}

describe('petrel relay run', () => {
  it('lets people visit private networks only when the operator says so, by flag or variable', async () => {
    const name = 'PETREL_RELAY_VISIT_PRIVATE_NETWORKS'
    assert.ok(!Object.hasOwn((await run([])).options ?? {}, 'visitPrivateNetworks'), 'the relay decides by where it listens')
    assert.equal((await run(['--visit-private-networks'])).options?.visitPrivateNetworks, true)
    assert.equal((await run([], { [name]: '1' })).options?.visitPrivateNetworks, true)
    assert.equal((await run([], { [name]: '0' })).options?.visitPrivateNetworks, false)
    assert.equal((await run(['--visit-private-networks'], { [name]: '0' })).options?.visitPrivateNetworks, true, 'the flag wins')
  })

  it('does not guess what a word in the variable means', async () => {
    const { options, code, err } = await run([], { PETREL_RELAY_VISIT_PRIVATE_NETWORKS: 'no' })
    assert.deepEqual([options, code, err], [undefined, 2, 'petrel: PETREL_RELAY_VISIT_PRIVATE_NETWORKS is 1 or 0, not "no"\n'])
  })
})
