/**
 * ejabberd, an XMPP server, with its archive in SQLite, which it advises over its own database. Of each message its archive
 * has two copies, the sender's and the receiver's, and a write to SQLite is one fsync; the sender's copy is acknowledged.
 */
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Course, freePort, LeftOut, output, peerOf, serve, type Candidate } from './peer.js'
import { ACCOUNTS, comeIn, PASSWORD } from './xmpp.js'

/** Where Debian's package has it. */
const SCHEMA = '/usr/share/ejabberd/sql/lite.sql'

/** Where its code is, which depends on the machine's kind. */
function codeOf (): string {
  const script = readFileSync(output('sh', '-c', 'command -v ejabberdctl').trim(), 'utf8')
  return /^ERL_LIBS='?([^'\n]+)/m.exec(script)?.[1] ?? ''
}

/** Its tables and accounts. The journal's kind stays with the file. */
function makeDatabase (path: string): void {
  const database = new DatabaseSync(path)
  database.exec('PRAGMA journal_mode = WAL')
  database.exec(readFileSync(SCHEMA, 'utf8'))
  const add = database.prepare('INSERT INTO users (username, password) VALUES (?, ?)')
  for (const name of ACCOUNTS) add.run(name, PASSWORD)
  database.close()
}

/** One node of Erlang, which nobody else talks to. */
export const ejabberd: Candidate = {
  name: 'ejabberd', program: 'ejabberdctl', package: 'ejabberd erlang-p1-sqlite3',
  make: async dir => {
    if (output('erl', '-noshell', '-eval', 'io:format("~p", [code:which(sqlite3)]), halt().') === 'non_existing') throw new LeftOut('it needs SQLite: apt-get install erlang-p1-sqlite3')
    const [port, file, database] = [await freePort(), join(dir, 'ejabberd.yml'), join(dir, 'ejabberd.db')]
    makeDatabase(database)
    await writeFile(file, [
      'hosts: [localhost]', 'loglevel: error', 'default_db: sql', 'sql_type: sqlite', `sql_database: "${database}"`, 'auth_method: [sql]', 'auth_password_format: plain',
      'listen:', `  - {port: ${port}, ip: "127.0.0.1", module: ejabberd_c2s, shaper: none}`,
      'modules:', '  mod_mam: {default: always, assume_mam_usage: true}',
      // Where its receiver falls behind, what that has acknowledged waits behind what comes: beyond 5,000 it would end the connection.
      '  mod_stream_mgmt: {max_ack_queue: infinity}', ''
    ].join('\n'))
    const child = await serve(port, 'erl', ['-noinput', '+sbwt', 'none', '-mnesia', 'dir', `"${dir}"`, '-s', 'ejabberd'], {
      ERL_LIBS: codeOf(), EJABBERD_CONFIG_PATH: file, EJABBERD_LOG_PATH: join(dir, 'ejabberd.log'), HOME: dir
    })
    const course = new Course()
    return peerOf({ child, course, ...await comeIn(port, course), says: 'the sender\'s copy on the disk (fsync); the receiver\'s when it is delivered', settings: 'mod_mam with SQLite, its journal a WAL, mod_stream_mgmt, max_ack_queue infinity' })
  }
}
