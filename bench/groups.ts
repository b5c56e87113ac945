/**
 * Groups of 10, 100 and 1,000 members: what changes cost beside ts-mls alone, how long a message takes to the last
 * member, what it takes in the log, and what a member of a large group holds in memory. One JSON line a figure.
 * Run: npm run bench -- groups, or npx tsx bench/groups.ts [SIZES…]
 */
import { measureFanOut } from './groups/fan-out.js'
import { measureHeld, measureMemory } from './groups/memory.js'
import { measureGroup } from './groups/mls.js'

const say = (figure: Record<string, unknown>): void => { console.log(JSON.stringify(figure)) }
const [task, dir] = process.argv.slice(2)
if (task === 'memory' && dir !== undefined) await measureHeld(dir, say)
else {
  const sizes = process.argv.slice(2).map(Number)
  for (const size of sizes.length > 0 ? sizes : [10, 100, 1000]) await measureGroup(size, say)
  await measureFanOut([1, 10, 100, 1000], say)
  await measureMemory(sizes.at(-1) ?? 1000, say)
}
