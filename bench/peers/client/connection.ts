/** A client's connection over loopback. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** Opens one. That the server ends it ends the benchmark, which names the server: nothing else would come of it but a wait without an end. */
export async function open (port: number, server: string): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  socket.setNoDelay(true)
  socket.on('error', error => { throw new Error(`${server} is gone`, { cause: error }) })
  socket.on('end', () => { throw new Error(`${server} ended a connection`) })
  return socket
}
