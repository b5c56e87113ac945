/** Mosquitto, an MQTT broker, with persistence. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { MqttClient } from './client/mqtt.js'
import { Course, freePort, numbered, peerOf, SENDERS, serve, type Candidate } from './peer.js'

/** One topic at QoS 1. */
export const mosquitto: Candidate = {
  name: 'mosquitto', program: 'mosquitto', package: 'mosquitto',
  make: async dir => {
    const port = await freePort()
    const file = join(dir, 'mosquitto.conf')
    await writeFile(file, `listener ${port} 127.0.0.1\nallow_anonymous true\npersistence true\npersistence_location ${dir}/\nautosave_interval 1\nmax_inflight_messages 0\nmax_queued_messages 0\n`)
    const child = await serve(port, 'mosquitto', ['-c', file])
    const course = new Course()
    const follower = await MqttClient.connect(port, 'follower', payload => { course.seenEntry(payload) })
    await follower.subscribe()
    const clients: MqttClient[] = []
    for (let i = 0; i < SENDERS; i++) clients.push(await MqttClient.connect(port, `sender${i}`))
    const senders = clients.map(client => numbered(async entry => { await client.publish(entry) }))
    return peerOf({ child, course, senders, clients: [follower, ...clients], says: 'in memory; on the disk within a second, without fsync', settings: 'persistence true, autosave_interval 1, QoS 1' })
  }
}
