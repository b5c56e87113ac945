/** Lines of one turn of the event loop in one packet. */
import type { Socket } from 'node:net'

const corked = new WeakSet<Socket>()

/** Writes with all else that is written in this turn: a system call for each line costs more than the line, at both ends. */
export function writeGathered (socket: Socket, text: string): void {
  if (!corked.has(socket)) {
    corked.add(socket)
    socket.cork()
    process.nextTick(() => {
      corked.delete(socket)
      socket.uncork()
    })
  }
  socket.write(text)
}
