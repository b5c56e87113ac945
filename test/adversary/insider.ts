/** An honest person whose node's insides a test can look at. */
import { join } from 'node:path'
import { openCore, type NodeCore } from '../../src/node/core.js'
import { createHome, type NodeOptions, type PetrelNode } from '../../src/node/index.js'
import { runNode } from '../../src/node/node.js'
import { TEST_PASSWORD_COST } from '../../src/protocol/crypto/password.js'

/** See the file's head. */
export interface Insider { readonly core: NodeCore, readonly node: PetrelNode }

/** Makes one, with homes at these addresses. */
export async function insider (dir: string, name: string, homes: readonly string[], options: Partial<NodeOptions> = {}): Promise<Insider> {
  const home = join(dir, name)
  await createHome({ dir: home, name, unlock: { kind: 'keyfile' }, kdfCost: TEST_PASSWORD_COST })
  const core = await openCore({ dir: home, ...options })
  const node = runNode(core)
  for (const address of homes) await node.addRelay(address)
  return { core, node }
}

/** The same person's node, begun again on what is at home. */
export async function reopened ({ core: { options } }: Insider): Promise<Insider> {
  const core = await openCore(options)
  return { core, node: runNode(core) }
}
