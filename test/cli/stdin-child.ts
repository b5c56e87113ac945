/** `petrel ARGS` with this process's own stdin; says that it listens for signals. */
import { processIo } from '../../src/cli/io.js'
import { run } from '../../src/cli/main.js'

const io = await processIo()
process.stderr.write('ready\n')
process.exit(await run(process.argv.slice(2), { io }))
