/** How much of its stores a node keeps in memory. */

/**
 * A node is one person's: it stays small, and what is on the disk the system keeps at hand as it has room. These are
 * Level's own sizes; what is gathered in memory is up to twice as much while a table is written.
 */
export const STORE_MEMORY = { writeBufferBytes: 4 * 1024 * 1024, cacheBytes: 4 * 1024 * 1024 } as const
