import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { cruise, type ICruiseOptions, type ICruiseResult, type IFlattenedRuleSet } from 'dependency-cruiser'

type Tree = Record<string, string>
type Rules = { forbidden: NonNullable<IFlattenedRuleSet['forbidden']>, options: ICruiseOptions }

const REPOSITORY = join(import.meta.dirname, '../..')

/** A small project that keeps every rule: each door and the imports that the design allows. */
const SOUND: Tree = {
  'package.json': JSON.stringify({ name: 'fixture', type: 'module', dependencies: { libp2p: '1' }, devDependencies: { ajv: '1' } }),
  'tsconfig.json': '{}',
  'node_modules/libp2p/package.json': '{"name":"libp2p","version":"1.0.0","main":"index.js"}',
  'node_modules/libp2p/index.js': 'module.exports = {}',
  'node_modules/ajv/package.json': '{"name":"ajv","version":"1.0.0","main":"index.js"}',
  'node_modules/ajv/index.js': 'module.exports = {}',
  'src/protocol/wire/index.ts': "export * from './ids.js'",
  'src/protocol/wire/ids.ts': "import { createHash } from 'node:crypto'\nexport const id = createHash",
  'src/protocol/crypto/index.ts': "export * from './seal.js'\nexport * from './mls/index.js'",
  'src/protocol/crypto/mls/index.ts': "export * from './engine.js'",
  'src/protocol/crypto/mls/engine.ts': "import { seal } from '../seal.js'\nexport const engine = seal",
  'src/protocol/crypto/seal.ts': "import { id } from '../wire/index.js'\nexport const seal = id",
  'src/protocol/message/index.ts': "import { id } from '../wire/index.js'\nexport const body = id",
  'src/protocol/api/index.ts': "import { id } from '../wire/index.js'\nexport const api = id",
  'src/store/index.ts': "import { id } from '../protocol/wire/index.js'\nexport const store = id",
  'src/relay/net/index.ts': "export * from './host.js'",
  'src/relay/net/host.ts': "import libp2p from 'libp2p'\nexport const host = libp2p",
  'src/relay/index.ts': "export * from './log/service.js'",
  'src/relay/log/service.ts': "import { host } from '../net/index.js'\nimport { store } from '../../store/index.js'\nexport const relay = [host, store]",
  'src/node/client/index.ts': "import type { api } from '../../protocol/api/index.js'\nexport const connect = (a: typeof api) => a",
  'src/node/index.ts': "import { relay } from '../relay/index.js'\nimport { host } from '../relay/net/index.js'\nimport { seal } from '../protocol/crypto/index.js'\nexport const node = [relay, host, seal]",
  'src/cli/main.ts': "import { connect } from '../node/client/index.js'\nimport { run } from './run.js'\nexport const main = [connect, run]",
  'src/cli/run.ts': "export const run = async () => [await import('../node/index.js'), await import('./late.js')]",
  'src/cli/late.ts': "import { run } from './run.js'\nexport const late = run",
  'src/index.ts': "export { node } from './node/index.js'\nexport { connect } from './node/client/index.js'",
  'test/helper.ts': 'export const helper = 1'
}

const CONFIGS = { layers: '.dependency-cruiser.mjs', startup: '.dependency-cruiser.startup.mjs' }

describe('the layers', () => {
  let root: string

  beforeEach(() => { root = realpathSync(mkdtempSync(join(tmpdir(), 'petrel-layers-'))) })
  afterEach(() => { rmSync(root, { recursive: true, force: true }) })

  /** The names of the rules that a tree breaks. */
  async function broken (plant: Tree, which: keyof typeof CONFIGS = 'layers'): Promise<string[]> {
    for (const [path, text] of Object.entries({ ...SOUND, ...plant })) {
      mkdirSync(dirname(join(root, path)), { recursive: true })
      writeFileSync(join(root, path), text)
    }
    const rules = await loadRules(CONFIGS[which], root)
    const { output } = await cruise(['src'], { ...rules.options, baseDir: root, tsConfig: undefined, validate: true, ruleSet: { forbidden: rules.forbidden } })
    const names = (output as ICruiseResult).summary.violations.map(violation => violation.rule.name)
    return [...new Set(names)].sort()
  }

  it('pass a tree that keeps them, `.js` specifiers and type imports included', async () => {
    assert.deepEqual(await broken({}), [])
    assert.deepEqual(await broken({}, 'startup'), [])
  })

  it('pass the side doors, which exist for a quick start', async () => {
    assert.deepEqual(await broken({
      'src/protocol/wire/errors.ts': 'export const failure = 1',
      'src/protocol/wire/limits.ts': 'export const limits = 1',
      'src/node/client/a.ts': "import { failure } from '../../protocol/wire/errors.js'\nimport { limits } from '../../protocol/wire/limits.js'\nvoid [failure, limits]"
    }), [])
  })

  const plants: { title: string, tree: Tree, rule: string, config?: keyof typeof CONFIGS }[] = [
    { title: 'a cycle', tree: { 'src/store/a.ts': "import './b.js'", 'src/store/b.ts': "import './a.js'" }, rule: 'no-cycles' },
    { title: 'a cycle of types', tree: { 'src/store/a.ts': "import type { B } from './b.js'\nexport type A = B", 'src/store/b.ts': "import type { A } from './a.js'\nexport type B = A" }, rule: 'no-cycles' },
    { title: 'a file that is not there', tree: { 'src/store/a.ts': "import './gone.js'" }, rule: 'no-unresolved' },
    { title: 'a development dependency in src', tree: { 'src/store/a.ts': "import 'ajv'" }, rule: 'no-dev-dependency' },
    { title: 'a test helper in src', tree: { 'src/store/a.ts': "import '../../test/helper.js'" }, rule: 'src-stands-alone' },
    { title: 'the public door used from inside', tree: { 'src/demo/a.ts': "import '../index.js'" }, rule: 'no-way-back-to-the-root' },
    { title: 'an import past a door', tree: { 'src/node/a.ts': "import '../protocol/crypto/seal.js'" }, rule: 'door-protocol-crypto' },
    { title: 'a type import past a door', tree: { 'src/node/a.ts': "import type { host } from '../relay/net/host.js'\nexport type H = typeof host" }, rule: 'door-relay-net' },
    { title: 'an import past the door of a folder inside the own one', tree: { 'src/relay/a.ts': "import './net/host.js'" }, rule: 'door-relay-net' },
    { title: 'an import past the door of a part from its own folder', tree: { 'src/protocol/crypto/a.ts': "import './mls/engine.js'" }, rule: 'door-protocol-crypto-mls' },
    { title: "an import of a part's door from another folder", tree: { 'src/node/a.ts': "import '../protocol/crypto/mls/index.js'" }, rule: 'door-protocol-crypto' },
    { title: 'relay importing crypto', tree: { 'src/relay/a.ts': "import '../protocol/crypto/index.js'" }, rule: 'layer-relay' },
    { title: 'relay reaching crypto through the store', tree: { 'src/store/a.ts': "import '../protocol/crypto/index.js'", 'src/store/index.ts': "export * from './a.js'" }, rule: 'relay-cannot-reach-keys' },
    { title: 'relay reaching message bodies through its net', tree: { 'src/relay/net/host.ts': "import '../../protocol/message/index.js'\nexport const host = 1" }, rule: 'relay-cannot-reach-keys' },
    { title: 'relay/net importing the relay', tree: { 'src/relay/net/a.ts': "import '../index.js'" }, rule: 'layer-relay-net' },
    { title: 'the store importing the relay', tree: { 'src/store/a.ts': "import '../relay/index.js'" }, rule: 'layer-store' },
    { title: 'wire importing crypto', tree: { 'src/protocol/wire/a.ts': "import '../crypto/index.js'" }, rule: 'layer-protocol-wire' },
    { title: 'crypto importing message', tree: { 'src/protocol/crypto/a.ts': "import '../message/index.js'" }, rule: 'layer-protocol-crypto' },
    { title: 'the node importing the CLI', tree: { 'src/node/a.ts': "import '../cli/run.js'" }, rule: 'layer-node' },
    { title: 'the client of the daemon importing the node', tree: { 'src/node/client/a.ts': "import '../index.js'" }, rule: 'layer-node-client' },
    { title: 'the CLI importing the node at its start', tree: { 'src/cli/a.ts': "import '../node/index.js'" }, rule: 'layer-cli' },
    { title: 'a protocol that reads files', tree: { 'src/protocol/wire/a.ts': "import { readFile } from 'node:fs/promises'\nvoid readFile" }, rule: 'protocol-is-pure' },
    { title: 'a protocol that waits', tree: { 'src/protocol/api/a.ts': "import { setTimeout } from 'timers/promises'\nvoid setTimeout" }, rule: 'protocol-is-pure' },
    { title: 'a protocol that speaks libp2p', tree: { 'src/protocol/wire/a.ts': "import 'libp2p'" }, rule: 'protocol-knows-no-network-or-disk' },
    { title: 'a CLI that loads libp2p through others', tree: { 'src/cli/a.ts': "import './b.js'", 'src/cli/b.ts': "import libp2p from 'libp2p'\nvoid libp2p" }, rule: 'quick-start', config: 'startup' },
    { title: 'a client that loads the protobuf runtime through others', tree: { 'node_modules/@bufbuild/protobuf/package.json': '{"name":"@bufbuild/protobuf","version":"1.0.0","main":"index.js"}', 'node_modules/@bufbuild/protobuf/index.js': 'module.exports = {}', 'src/protocol/api/protobuf.ts': "import pb from '@bufbuild/protobuf'\nexport const contract = pb", 'src/node/client/a.ts': "import { contract } from '../../protocol/api/protobuf.js'\nvoid contract" }, rule: 'quick-client', config: 'startup' }
  ]
  for (const { title, tree, rule, config } of plants) {
    it(`refuse ${title}`, async () => {
      const names = await broken(tree, config)
      assert.ok(names.includes(rule), `expected ${rule}, got ${names.join(', ') || 'no violation'}`)
    })
  }
})

/** The rules as the command line loads them, but with the doors of another tree. */
async function loadRules (file: string, root: string): Promise<Rules> {
  const before = process.env.PETREL_LAYERS_ROOT
  process.env.PETREL_LAYERS_ROOT = root
  try {
    const module = await import(`${pathToFileURL(join(REPOSITORY, file)).href}?${root}`) as { default: Rules }
    return module.default
  } finally {
    if (before === undefined) delete process.env.PETREL_LAYERS_ROOT
    else process.env.PETREL_LAYERS_ROOT = before
  }
}
