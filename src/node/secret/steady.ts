/** The clock by which lines go: whatever becomes of the machine's clock, it does not go back while the node runs, and none of them lives longer than it was told to. */

/**
 * The later of the wall clock and of the time that the node has run, in ms since 1970: set back, the wall clock delays
 * nothing; and the steady clock stands still while a machine sleeps, so that alone it would.
 */
export function steadyClock (wall: () => number, steady: () => number = () => performance.now()): () => number {
  const begun = wall() - steady()
  return () => Math.max(wall(), Math.floor(begun + steady()))
}
