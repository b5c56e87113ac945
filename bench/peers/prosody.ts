/** Prosody, an XMPP server, with its archive. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Course, freePort, peerOf, serve, type Candidate } from './peer.js'
import { ACCOUNTS, comeIn, PASSWORD } from './xmpp.js'

/** Its archive is in its own files. */
export const prosody: Candidate = {
  name: 'prosody', program: 'prosody', package: 'prosody',
  make: async dir => {
    const port = await freePort()
    const accounts = join(dir, 'localhost', 'accounts')
    await mkdir(accounts, { recursive: true })
    for (const name of ACCOUNTS) await writeFile(join(accounts, `${name}.dat`), `return { ["password"] = "${PASSWORD}" };\n`)
    const file = join(dir, 'prosody.cfg.lua')
    await writeFile(file, [
      `data_path = "${dir}"`, `pidfile = "${dir}/pid"`, 'daemonize = false', `c2s_ports = { ${port} }`, 'interfaces = { "127.0.0.1" }', 's2s_ports = {}', 'http_ports = {}', 'https_ports = {}',
      'modules_enabled = { "saslauth", "mam", "smacks", "presence", "message", "c2s" }', 'modules_disabled = { "s2s", "tls", "offline" }', 'c2s_require_encryption = false', 'allow_unencrypted_plain_auth = true',
      // Past its limit, of 10,000 a person, it would archive nothing.
      'authentication = "internal_plain"', 'storage = "internal"', 'storage_archive_item_limit = 100000000', 'archive_expires_after = "never"', 'gc = { mode = "generational" }',
      'run_as_root = true', 'limits = { c2s = { rate = "1gb/s" } }', 'log = { warn = "*console" }', 'VirtualHost "localhost"', ''
    ].join('\n'))
    const child = await serve(port, 'prosody', ['--config', file])
    const course = new Course()
    return peerOf({ child, course, ...await comeIn(port, course), says: 'handled; written to its archive without fsync', settings: 'mod_mam with internal storage, mod_smacks, gc generational' })
  }
}
