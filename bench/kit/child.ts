/** What a process of a benchmark begins with. Imported by its own name: there is no loader. */
import { readFileSync } from 'node:fs'

/** A module of the built code. */
export const load = async <T>(path: string): Promise<T> => await import(new URL(`../../dist/${path}`, import.meta.url).href) as T

/** Processor time of this process, us. */
export function cpuUs (): number {
  const { user, system } = process.cpuUsage()
  return user + system
}

/** What this process has of memory once its garbage is collected, bytes: its heap, all, and what is its alone (without files that are mapped, as Node itself and a store's). */
export function memory (): { heap: number, rss: number, own: number } {
  globalThis.gc?.()
  const own = Number(/^RssAnon:\s*(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? 0) * 1024
  return { heap: process.memoryUsage().heapUsed, rss: process.memoryUsage.rss(), own }
}

/** Answers the parent: `steps` by name. `ready` is said first. */
export function serve (ready: unknown, steps: Readonly<Record<string, (given: unknown) => unknown>>): void {
  process.on('message', ({ name, given }: { name: string, given?: unknown }) => {
    Promise.resolve(steps[name]?.(given)).then(answer => { process.send?.(answer ?? {}) }, (error: unknown) => {
      console.error(error)
      process.exit(1)
    })
  })
  process.on('disconnect', () => { process.exit(0) })
  process.send?.(ready)
}
