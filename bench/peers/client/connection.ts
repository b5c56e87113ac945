/** A client's connection over loopback. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/**
 * Opens one. That the server ends it ends the benchmark, which names the server: nothing else would come of it but a wait
 * without an end. Unless `onEnd` knows better.
 */
export async function open (port: number, server: string, onEnd = (): void => { throw new Error(`${server} ended a connection`) }): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  socket.setNoDelay(true)
  socket.on('error', error => { throw new Error(`${server} is gone`, { cause: error }) })
  socket.on('end', onEnd)
  return socket
}
