/** Redis, whose log is on the disk before each answer. */
import { RedisClient } from './client/redis.js'
import { Course, freePort, numbered, peerOf, SENDERS, serve, type Candidate } from './peer.js'

/** Asks for what is behind a place in the stream, again and again. */
async function follow (client: RedisClient, onEntry: (entry: Buffer) => void): Promise<never> {
  for (let after = '$'; ;) {
    const reply = await client.ask('XREAD', 'COUNT', '1000', 'BLOCK', '0', 'STREAMS', 't', after) as ReadonlyArray<readonly [Buffer, ReadonlyArray<readonly [Buffer, readonly [Buffer, Buffer]]>]> | null
    for (const [id, [, entry]] of reply?.[0]?.[1] ?? []) {
      after = id.toString()
      onEntry(entry)
    }
  }
}

/** One stream. */
export const redis: Candidate = {
  name: 'redis', program: 'redis-server', package: 'redis-server',
  make: async dir => {
    const port = await freePort()
    const child = await serve(port, 'redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--dir', dir, '--appendonly', 'yes', '--appendfsync', 'always', '--save', ''])
    const course = new Course()
    const follower = await RedisClient.connect(port)
    void follow(follower, entry => { course.seenEntry(entry) })
    const clients: RedisClient[] = []
    for (let i = 0; i < SENDERS; i++) clients.push(await RedisClient.connect(port))
    const senders = clients.map(client => numbered(async entry => await client.ask('XADD', 't', '*', 'e', entry)))
    return peerOf({ child, course, senders, clients: [follower, ...clients], says: 'on the disk (fsync)', settings: 'appendonly yes, appendfsync always, one stream, XADD and XREAD' })
  }
}
