/**
 * Groups of 10, 100 and 1,000 members: what changes cost beside ts-mls alone, how long a message takes to the last
 * member, what it takes in the log, and what a member of a large group holds in memory. One JSON line a figure.
 * Run: npm run bench -- groups, or npx tsx bench/groups.ts [SIZES…]
 */
import { measureFanOut } from './groups/fan-out.js'
import { measureHeld, measureMemory } from './groups/memory.js'
import { measureGroup } from './groups/mls.js'
import { isSmoke } from './kit/figures.js'

const [task, dir] = process.argv.slice(2)
if (task === 'memory' && dir !== undefined) await measureHeld(dir)
else {
  const sizes = process.argv.slice(2).map(Number)
  const wanted = sizes.length > 0 ? sizes : isSmoke ? [10] : [10, 100, 1000]
  for (const size of wanted) await measureGroup(size)
  await measureFanOut(isSmoke ? [1, 3] : [1, 10, 100, 1000])
  await measureMemory(wanted.at(-1) ?? 1000)
}
