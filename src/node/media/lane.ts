/**
 * Tasks side by side, at most so many, begun in their order and told of in their order: one that ends before an earlier
 * one that still runs is told of after it. One that fails holds up nobody.
 */

/** What a lane runs. */
export interface LaneTask {
  /** Works; never rejects. True when it is done, false when it is to be forgotten here: it failed, or comes again later. */
  readonly run: () => Promise<boolean>
  /** Tells of it, once it is done and all before it are. */
  readonly tell: () => void
}

/** See the file's head. */
export class Lane {
  readonly #most: number
  readonly #waiting: LaneTask[] = []
  /** In the order in which they were begun. */
  #running: Array<{ readonly task: LaneTask, isDone: boolean }> = []
  #isOpen = false

  /** @param most - tasks that run at a time */
  constructor (most: number) { this.#most = most }

  /** Adds a task at the end. */
  add (task: LaneTask): void {
    this.#waiting.push(task)
    this.#begin()
  }

  /** Takes out a task that has not begun. */
  remove (task: LaneTask): void {
    const at = this.#waiting.indexOf(task)
    if (at >= 0) this.#waiting.splice(at, 1)
  }

  /** Begins tasks, from now on by itself, or begins none any more. */
  set open (open: boolean) {
    this.#isOpen = open
    this.#begin()
  }

  #begin (): void {
    while (this.#isOpen && this.#running.filter(entry => !entry.isDone).length < this.#most) {
      const task = this.#waiting.shift()
      if (task === undefined) return
      const entry = { task, isDone: false }
      this.#running.push(entry)
      void task.run().then(isDone => { this.#ended(entry, isDone) })
    }
  }

  #ended (entry: { readonly task: LaneTask, isDone: boolean }, isDone: boolean): void {
    if (isDone) entry.isDone = true
    else this.#running = this.#running.filter(other => other !== entry)
    while (this.#running[0]?.isDone === true) this.#running.shift()?.task.tell()
    this.#begin()
  }
}
