/** Storms of a simulated world: what goes wrong, one thing after the other. */
import { Crashed, type SimPerson } from './person.js'
import type { SimRelay } from './relay.js'
import type { World } from './world.js'

/** What a storm goes over. */
export interface Shore { readonly world: World, readonly relays: SimRelay[], readonly people: SimPerson[] }

/** See the file's head. */
export class Storm {
  readonly #shore: Shore
  readonly #over = new Set<Promise<void>>()
  #blows = false
  #calm = false
  #until = Infinity

  constructor (shore: Shore) { this.#shore = shore }

  begin (): void {
    if (this.#blows) return
    this.#blows = true
    const { world } = this.#shore
    world.network.loss = world.random.pick([0, 0.01, 0.05])
    this.#until = world.now + world.random.between(5000, 40_000)
    this.#next()
  }

  /** It is calm from now on: everything runs and carries again. */
  async end (): Promise<void> {
    this.#calmDown()
    await Promise.all(this.#over)
  }

  #calmDown (): void {
    this.#calm = true
    const { world } = this.#shore
    world.network.loss = 0
    world.network.latency = { least: 0.2, most: 5 }
    world.network.heal()
  }

  #next (): void {
    const { world } = this.#shore
    world.after(world.random.next() * 1500, world.director, 'fault', () => {
      if (world.now > this.#until) this.#calmDown()
      if (this.#calm) return
      this.#fault()
      this.#next()
    })
  }

  #fault (): void {
    const { world: { random }, people, relays } = this.#shore
    const dice = random.next()
    if (dice < 0.25) random.pick(people).cut()
    else if (dice < 0.45) this.#stall()
    else if (dice < 0.75) this.#crash(random.pick(relays))
    else this.#crash(random.pick(people))
  }

  #stall (): void {
    const { world, people, relays } = this.#shore
    const [a, b] = [world.random.pick(people).place, world.random.pick(relays).place]
    world.network.stall(a, b)
    world.after(world.random.next() * 12_000, world.director, 'release', () => { world.network.release(a, b) })
  }

  /** A crash now, or at one of the next writes; a while later it is there again. */
  #crash (victim: SimPerson | SimRelay): void {
    const { random } = this.#shore.world
    const silently = random.chance(0.3)
    let left = random.between(0, 6)
    const { disk } = victim
    const now = (): void => {
      disk.onWrite = () => undefined
      if (!victim.isUp || this.#calm) return
      const back = this.#back(victim, silently)
      this.#over.add(back)
      void back.finally(() => { this.#over.delete(back) })
    }
    if (left === 0) now()
    else disk.onWrite = () => { if (--left === 0) now() }
  }

  async #back (victim: SimPerson | SimRelay, silently: boolean): Promise<void> {
    const { world } = this.#shore
    victim.crash(silently)
    world.note(`${victim.place} crashes`)
    await world.pause(50 + world.random.next() * 5000)
    // It may crash again while it opens.
    while (!victim.isUp && !('isGone' in victim && victim.isGone)) {
      await victim.start().catch((error: unknown) => { if (!(error instanceof Crashed)) throw error })
    }
  }
}
