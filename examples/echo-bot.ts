/** Answers every message with its own words. Run it beside a daemon: `npx tsx examples/echo-bot.ts`. */
import { setTimeout as sleep } from 'node:timers/promises'
import { connect } from 'petrel/client'
for (;;) {
  try {
    const petrel = await connect()
    for await (const { n, event } of petrel.receive({ consumer: 'echo-bot', follow: true })) {
      if (event.type === 'message' && !event.message.own) {
        const { chat, id, text } = event.message // The key makes a second try after a crash send nothing new.
        await petrel.send(chat, text, { replyTo: id, idempotencyKey: `echo-${id}` })
      }
      await petrel.acknowledge('echo-bot', n)
    }
  } catch (error) { console.error(String(error)); await sleep(1000) } // The daemon is away: again in a second.
}
