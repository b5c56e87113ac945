/** NATS JetStream, with a stream in a file for each sender, as each has a log at a relay: one stream for all is slower. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { NatsClient } from './client/nats.js'
import { Course, freePort, LeftOut, numbered, output, peerOf, SENDERS, serve, type Candidate, type Peer } from './peer.js'

/** The first that can be told to fsync before it answers. */
const FIRST_THAT_SYNCS = [2, 10] as const

function version (): { readonly text: string, readonly canSync: boolean } {
  const [, text = '', major = '', minor = ''] = /v((\d+)\.(\d+)\S*)/.exec(output('nats-server', '--version')) ?? []
  const [first, second] = FIRST_THAT_SYNCS
  return { text, canSync: Number(major) > first || (Number(major) === first && Number(minor) >= second) }
}

/** Has the system write all that comes to files below to the disk before the write is done, where the server can't be told. */
function writeThrough (dir: string): void {
  try {
    output('chattr', '+S', dir)
  } catch {
    throw new LeftOut(`before version ${FIRST_THAT_SYNCS.join('.')} it can only fsync where the file system knows chattr +S`)
  }
}

async function begin (dir: string, jetStream: string, words: Pick<Peer, 'says' | 'settings'>): Promise<Peer> {
  const [port, file] = [await freePort(), join(dir, 'nats.conf')]
  await writeFile(file, `listen: "127.0.0.1:${port}"\njetstream { store_dir: "${dir}"${jetStream} }\n`)
  const child = await serve(port, 'nats-server', ['-c', file])
  const course = new Course()
  const follower = await NatsClient.connect(port, 'follower')
  const clients: NatsClient[] = []
  for (let i = 0; i < SENDERS; i++) {
    await follower.makeStream(`s${i}`, `s${i}`)
    await follower.follow(`s${i}`, entry => { course.seenEntry(entry) })
    clients.push(await NatsClient.connect(port, `sender${i}`))
  }
  const senders = clients.map((client, i) => numbered(async entry => { await client.publish(`s${i}`, entry) }))
  return peerOf({ child, course, senders, clients: [follower, ...clients], ...words })
}

/** An acknowledged entry is on the disk, as with us. */
export const nats: Candidate = {
  name: 'nats', program: 'nats-server', package: 'nats-server',
  make: async dir => {
    const { text, canSync } = version()
    if (!canSync) writeThrough(dir)
    const how = canSync ? 'sync_interval always' : 'its directory under chattr +S, for this version has no sync_interval'
    return await begin(dir, canSync ? ', sync_interval: always' : '', { says: 'on the disk (fsync)', settings: `version ${text}, file storage, ${how}, a stream for each sender, ordered push consumers` })
  }
}

/** As it comes. */
export const natsUnsynced: Candidate = {
  ...nats,
  name: 'nats-unsynced',
  make: async dir => await begin(dir, '', { says: 'written; fsync within two minutes', settings: `version ${version().text}, file storage, a stream for each sender, ordered push consumers` })
}
