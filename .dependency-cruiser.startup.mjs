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
    }
  ],
  options: { ...rules.options, tsPreCompilationDeps: false, exclude: { dynamic: true } }
}
