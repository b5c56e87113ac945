/** Answers every message with its own words. Run it beside a daemon: `npx tsx examples/echo-bot.ts`. */
import { connect } from 'petrel/client'

const petrel = await connect()
for await (const { n, event } of petrel.receive({ consumer: 'echo-bot', follow: true })) {
  if (event.type === 'message' && !event.message.own) {
    const { chat, id, text } = event.message
    // The key makes a second try after a crash send nothing new.
    await petrel.send(chat, text, { replyTo: id, idempotencyKey: `echo-${id}` })
  }
  await petrel.acknowledge('echo-bot', n)
}
