/**
 * The layers of DESIGN section 9 as rules. A door is the `index.ts` of a folder: others come in
 * through it. Doors are found on disk, so a new folder with an `index.ts` is guarded from its first day.
 * PETREL_LAYERS_ROOT lets a test run the same rules over a fixture tree.
 */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

const root = process.env.PETREL_LAYERS_ROOT ?? import.meta.dirname

function foldersUnder (folder) {
  if (!existsSync(join(root, folder))) return []
  return readdirSync(join(root, folder), { withFileTypes: true })
    .filter(entry => entry.isDirectory())
    .flatMap(entry => [`${folder}/${entry.name}`, ...foldersUnder(`${folder}/${entry.name}`)])
}

const doors = foldersUnder('src').filter(folder => existsSync(join(root, folder, 'index.ts')))

/** Each layer and what it may import besides itself. Anything else under src/ is refused. */
const may = {
  'src/protocol/wire': [],
  'src/protocol/crypto': ['src/protocol/wire'],
  'src/protocol/message': ['src/protocol/wire'],
  'src/protocol/text': ['src/protocol/wire'],
  'src/protocol/api': ['src/protocol/wire'],
  'src/store': ['src/protocol/wire'],
  'src/relay/net': ['src/protocol/wire'],
  'src/relay': ['src/relay/net', 'src/store', 'src/protocol/wire'],
  'src/node/client': ['src/protocol/api', 'src/protocol/wire'],
  'src/node/probe': ['src/protocol/wire'],
  'src/node': ['src/node/client', 'src/node/probe', 'src/relay', 'src/relay/net', 'src/store', 'src/protocol'],
  'src/cli': ['src/node/client', 'src/node/probe', 'src/protocol/api'],
  'src/demo': ['src/node/client', 'src/protocol/api']
}

/** A regular expression for all files of a folder, without those of the layers inside it. */
function layer (folder) {
  const nested = Object.keys(may).filter(other => other.startsWith(`${folder}/`)).map(other => other.slice(folder.length + 1))
  return nested.length === 0 ? `^${folder}/` : `^${folder}/(?!(${nested.join('|')})/)`
}

/**
 * Doors beside the first, each with its reason: the start of the command line may not wait for what the
 * main door loads (measured: protocol/wire's takes 90 ms, its errors 2 ms).
 */
const sideDoors = [
  // Errors and limits are words and numbers: they load nothing.
  'src/protocol/wire/errors.ts',
  'src/protocol/wire/limits.ts',
  // The contract as protobuf: for the daemon only, so that the first door stays free of the protobuf runtime.
  'src/protocol/api/protobuf.ts'
].map(path => `^${path.replaceAll('.', '\\.')}$`)

const onlyThroughTheDoor = doors.map(door => ({
  name: `door-${door.slice(4).replaceAll('/', '-')}`,
  severity: 'error',
  comment: `Import ${door}/index.js: what it does not export is that folder's own business.`,
  from: { path: '^src/', pathNot: layer(door) },
  to: { path: layer(door), pathNot: [`^${door}/index\\.ts$`, ...sideDoors] }
}))

const layersPointDown = Object.entries(may).map(([folder, below]) => ({
  name: `layer-${folder.slice(4).replaceAll('/', '-')}`,
  severity: 'error',
  comment: `${folder} may import ${below.length === 0 ? 'nothing else of src' : below.join(', ')}.`,
  from: { path: layer(folder) },
  to: {
    path: '^src/',
    pathNot: [layer(folder), ...below.map(other => other === 'src/protocol' ? '^src/protocol/' : layer(other))],
    // Run commands load the node or the relay when they run; the start of the CLI does not.
    ...(folder === 'src/cli' ? { dynamic: false } : {})
  }
}))

const io = ['fs', 'net', 'tls', 'http', 'https', 'http2', 'dgram', 'dns', 'timers', 'child_process', 'cluster', 'worker_threads',
  'process', 'os', 'readline', 'repl', 'inspector', 'perf_hooks', 'async_hooks', 'vm', 'v8', 'sqlite', 'test']

export default {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      comment: 'Two files that need each other are one thing, or hide a third. What a command loads when it runs may know the table of commands.',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['dynamic-import'] } }
    },
    { name: 'no-unresolved', severity: 'error', from: { path: '^src/' }, to: { couldNotResolve: true } },
    { name: 'no-undeclared', severity: 'error', comment: 'Declare it in package.json.', from: { path: '^src/' }, to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] } },
    {
      name: 'no-dev-dependency',
      severity: 'error',
      comment: 'A person who installs Petrel does not get its development dependencies.',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only', 'npm'] }
    },
    { name: 'src-stands-alone', severity: 'error', from: { path: '^src/' }, to: { path: '^(test|bench|examples|scripts)/' } },
    { name: 'no-way-back-to-the-root', severity: 'error', comment: 'src/index.ts is for people outside.', from: { path: '^src/' }, to: { path: '^src/index\\.ts$' } },
    {
      name: 'relay-cannot-reach-keys',
      severity: 'error',
      comment: 'A relay must not hold the means to read, not even through others.',
      from: { path: '^src/relay/' },
      to: { path: '^src/protocol/(crypto|message)/', reachable: true }
    },
    {
      name: 'relay-cannot-reach-mls',
      severity: 'error',
      comment: 'A relay must not hold the means to read, not even through others.',
      from: { path: '^src/relay/' },
      to: { path: '(^|/)node_modules/ts-mls/', reachable: true }
    },
    {
      name: 'protocol-is-pure',
      severity: 'error',
      comment: 'protocol/ is bytes to values: no I/O, no timers.',
      from: { path: '^src/protocol/' },
      to: { path: `^(node:)?(${io.join('|')})($|/)`, dependencyTypes: ['core'] }
    },
    {
      name: 'protocol-knows-no-network-or-disk',
      severity: 'error',
      from: { path: '^src/protocol/' },
      to: { path: '(^|/)node_modules/(libp2p|@libp2p|@chainsafe|level|classic-level|abstract-level)/' }
    },
    ...onlyThroughTheDoor,
    ...layersPointDown
  ],
  options: {
    baseDir: root,
    tsConfig: { fileName: join(import.meta.dirname, 'tsconfig.json') },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['types', 'import', 'node', 'default'], extensions: ['.ts', '.js', '.json'] }
  }
}
