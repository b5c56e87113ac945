import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { homePaths } from '../../src/node/client/index.js'
import { serveApi } from '../../src/node/index.js'
import { until, World } from '../node/world.js'

const BOT = join(import.meta.dirname, '../../examples/echo-bot.ts')

describe('examples/echo-bot.ts', function () {
  this.timeout(60_000)
  let world: World
  let bot: ChildProcess | undefined

  before(async () => { world = await World.make() })
  after(async () => {
    if (bot !== undefined && bot.exitCode === null) {
      bot.kill()
      await once(bot, 'exit')
    }
    await world.close()
  })

  it('answers a message with its own words, also after the daemon was started again', async () => {
    const [ada, echo] = [await world.person('ada'), await world.person('echo')]
    await world.introduce(ada, echo)
    const paths = homePaths({ env: { PETREL_HOME: echo.dir }, platform: process.platform, userHome: echo.dir })
    const server = await serveApi(echo.node, { socketPath: paths.socket })
    bot = spawn(process.execPath, ['--import', 'tsx', BOT], { env: { ...process.env, PETREL_HOME: echo.dir, PETREL_PROFILE: '' }, stdio: 'ignore' })
    const sent = await ada.node.send('echo', 'is anybody there?')
    const { event: answer } = await until(ada.node, event => event.type === 'message' && !event.message.own)
    assert.ok(answer.type === 'message')
    assert.equal(answer.message.text, 'is anybody there?')
    assert.equal(answer.message.replyTo?.id, sent.id)
    await server.close()
    const again = await serveApi(echo.node, { socketPath: paths.socket })
    await ada.node.send('echo', 'and now?')
    await until(ada.node, event => event.type === 'message' && !event.message.own && event.message.text === 'and now?')
    await again.close()
  })
})
