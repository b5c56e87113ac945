/**
 * What is loaded before a command runs: static imports that survive compilation.
 * `petrel --help` must answer at once, so neither the CLI nor the client of the daemon reaches libp2p, level or MLS.
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
    }
  ],
  options: { ...rules.options, tsPreCompilationDeps: false, exclude: { dynamic: true } }
}
