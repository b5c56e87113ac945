/** What Node and the C library are told so that a process which carries large files stays small. */

/**
 * V8 lets its young space grow to 48 MiB, and reckons blocks of 256 KiB, which lie outside its heap, late: that is a
 * hundred megabytes of what nobody uses any more. Left alone it then looks through all of its heap after every few blocks:
 * at most once its heap has grown by 60 % is enough. Measured on a relay that takes in and gives out 256 MB, and 10,000
 * small files: 250 MB and more of memory without such flags, 160 to 190 when the heap may double, for less processor time.
 * At 60 % a node that carries 512 MB has 10 to 25 MB less than when it may double, for the same time; at 30 % a relay takes
 * twice the processor time.
 * A young space of 1 MiB instead of 4 saves a relay 17 MB and a node nothing while 1 GiB goes from one to the other, for half
 * as much processor time again for every message.
 * (--optimize-for-size saves 10 MB more, for three times the time.) They count only on the command line;
 * `bin/petrel.js` starts itself again with them.
 */
export const LEAN_FLAGS: readonly string[] = ['--max-semi-space-size=4', '--heap-growing-percent=60']

/**
 * The same for a relay, whose appends live until the disk has synced: in a larger young space fewer of them are moved out of
 * it, and a heap that may double is looked through less often. Measured under load: 12 to 18 % less processor time for an
 * entry and for a file, for 7 MB more at rest and 10 to 20 at work.
 * What mostly outlives one look through the young space is made in the old one from then on: but an append is garbage a
 * moment later, and would keep there what it holds. Without that a relay with many in flight takes 10 % less.
 */
export const RELAY_FLAGS: readonly string[] = ['--max-semi-space-size=8', '--heap-growing-percent=100', '--no-allocation-site-pretenuring']

/**
 * glibc keeps memory apart for each thread, and blocks come from several: two such parts are enough. And it would learn to
 * cut blocks out of its heap, where one piece that is used keeps all below it: what is larger than this goes back at once.
 */
export const LEAN_ENVIRONMENT: Readonly<Record<string, string>> = { MALLOC_ARENA_MAX: '2', MALLOC_MMAP_THRESHOLD_: '131072' }
