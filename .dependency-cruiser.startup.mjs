/**
 * What is loaded before a command runs: static imports that survive compilation.
 * `petrel --help` must answer at once, so neither the CLI nor the client of the daemon reaches libp2p, level or MLS. And
 * what is loaded stays in memory, so a daemon does not begin with what few ever use.
 */
import rules from './.dependency-cruiser.mjs'

export default {
  forbidden: [
    {
      name: 'quick-start',
      severity: 'error',
      comment: 'Load it with import() in the command that needs it.',
      from: { path: '^src/(cli|node/client|demo)/' },
      to: { path: '(^|/)node_modules/(libp2p|@libp2p|@chainsafe|level|classic-level|ts-mls)/', reachable: true }
    },
    {
      name: 'quick-client',
      severity: 'error',
      comment: 'The client of the daemon speaks JSON lines: neither the protobuf runtime nor the codecs of protocol/wire (90 ms) belong into its start.',
      from: { path: '^src/(cli|node/client)/' },
      to: { path: '(^|/)node_modules/(@bufbuild|@connectrpc|@ipld|multiformats|@noble|protons-runtime|uint8arrays|uint8arraylist)/', reachable: true }
    },
    {
      name: 'lean-daemon',
      severity: 'error',
      comment: 'A daemon that is never called over Connect, gossips not and opens with a key file needs none of these, and together they take 10 MB: load them with import() where they are used.',
      from: { path: '^src/node/(daemon|core)[.]ts$' },
      to: { path: '(^|/)node_modules/(@bufbuild/|@connectrpc/|hash-wasm/|music-metadata/|@libp2p/(kad-dht|gossipsub|autonat|dcutr)/)', reachable: true }
    }
  ],
  options: { ...rules.options, tsPreCompilationDeps: false, exclude: { dynamic: true } }
}
