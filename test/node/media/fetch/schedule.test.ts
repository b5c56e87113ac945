import assert from 'node:assert/strict'
import fc from 'fast-check'
import { hopeless, NEW_SCHEDULE, stepSchedule, type ScheduleBounds, type ScheduleEffect, type ScheduleInput, type ScheduleState } from '../../../../src/node/media/fetch/schedule.js'

const BOUNDS: ScheduleBounds = { room: 64, perRequest: 4, perHolder: 2, restMs: 100, restCapMs: 1000 }
type Ask = Extract<ScheduleEffect, { type: 'ask' }>

/** Runs inputs, and gives what the last one led to. */
class Machine {
  state: ScheduleState = NEW_SCHEDULE
  step (input: ScheduleInput, bounds: Partial<ScheduleBounds> = {}): ScheduleEffect[] {
    const { state, effects } = stepSchedule(this.state, input, { ...BOUNDS, ...bounds })
    this.state = state
    return effects
  }

  asks (input: ScheduleInput, bounds: Partial<ScheduleBounds> = {}): Ask[] { return this.step(input, bounds).filter((effect): effect is Ask => effect.type === 'ask') }
}

const numbers = (n: number): number[] => Array.from({ length: n }, (_, i) => i)

describe('the schedule of a download', () => {
  it('asks the most urgent first, and no more at once than a holder may have', () => {
    const machine = new Machine()
    machine.step({ type: 'holder', name: 'a', rank: 0 })
    assert.deepEqual(machine.asks({ type: 'want', items: [9, 3, 4, 5, 6, 7, 8, 0, 1] }).map(({ items }) => items), [[9, 3, 4, 5], [6, 7, 8, 0]])
    machine.step({ type: 'arrived', request: 1, item: 9 })
    assert.deepEqual(machine.asks({ type: 'ended', request: 1, how: 'failed' }), [], 'it rests')
  })

  it('shares the work among holders of one rank, and none takes all of it', () => {
    const machine = new Machine()
    for (const name of ['a', 'b']) machine.step({ type: 'holder', name, rank: 0 })
    const asks = machine.asks({ type: 'want', items: numbers(4) })
    assert.deepEqual(asks.map(({ holder, items }) => [holder, items]), [['a', [0, 1]], ['b', [2]], ['a', [3]]])
  })

  it('asks a holder of a higher rank only for what no lower one can give now', () => {
    const machine = new Machine()
    machine.step({ type: 'holder', name: 'far', rank: 1 })
    machine.step({ type: 'holder', name: 'own', rank: 0 })
    assert.deepEqual(machine.asks({ type: 'want', items: [1, 2] }).map(({ holder }) => holder), ['own'])
    assert.deepEqual(machine.asks({ type: 'lacks', request: 1, item: 1 }).map(({ holder, items }) => [holder, items]), [['far', [1]]])
    assert.deepEqual(machine.asks({ type: 'ended', request: 1, how: 'failed' }).map(({ holder, items }) => [holder, items]), [['far', [2]]])
  })

  it('takes what a holder passed over in silence for something that it does not have', () => {
    const machine = new Machine()
    machine.step({ type: 'holder', name: 'a', rank: 0 })
    machine.step({ type: 'want', items: [1, 2] })
    machine.step({ type: 'arrived', request: 1, item: 1 })
    assert.deepEqual(machine.asks({ type: 'ended', request: 1, how: 'done' }), [])
    assert.deepEqual(hopeless(machine.state), [2])
  })

  it('never asks again who lied, and calls back what it was asked for', () => {
    const machine = new Machine()
    machine.step({ type: 'holder', name: 'liar', rank: 0 })
    machine.step({ type: 'want', items: numbers(8) })
    assert.deepEqual(machine.step({ type: 'ended', request: 1, how: 'lied' }), [{ type: 'cancel', request: 2 }])
    machine.step({ type: 'rested', name: 'liar' })
    machine.step({ type: 'holder', name: 'liar', rank: 0 })
    assert.deepEqual(machine.asks({ type: 'want', items: numbers(8) }), [])
    assert.deepEqual(hopeless(machine.state), numbers(8))
  })

  it('lets a holder that failed rest, longer each time, and takes its work elsewhere at once', () => {
    const machine = new Machine()
    machine.step({ type: 'holder', name: 'a', rank: 0 })
    machine.step({ type: 'want', items: [1] })
    const rests: number[] = []
    for (let i = 1; i <= 6; i++) {
      for (const effect of machine.step({ type: 'ended', request: i, how: 'failed' })) if (effect.type === 'rest') rests.push(effect.ms)
      assert.deepEqual(hopeless(machine.state), [], 'it will be back')
      machine.step({ type: 'rested', name: 'a' })
    }
    assert.deepEqual(rests, [100, 200, 400, 800, 1000, 1000])
    machine.step({ type: 'arrived', request: 7, item: 1 })
    machine.step({ type: 'want', items: [2] })
    assert.deepEqual(machine.step({ type: 'ended', request: 7, how: 'failed' }).at(-1), { type: 'rest', holder: 'a', ms: 100 }, 'forgotten when something came')
    assert.deepEqual(machine.asks({ type: 'holder', name: 'b', rank: 0 }).map(({ holder }) => holder), [])
    machine.step({ type: 'ended', request: 8, how: 'failed' })
  })

  it('asks somebody else as well for what is slow, and calls the slower one back', () => {
    const machine = new Machine()
    machine.step({ type: 'holder', name: 'slow', rank: 0 })
    machine.step({ type: 'want', items: [1, 2] })
    assert.deepEqual(machine.asks({ type: 'holder', name: 'other', rank: 1 }), [])
    assert.deepEqual(machine.asks({ type: 'late', request: 1, how: 'slow' }).map(({ holder, items }) => [holder, items]), [['other', [1, 2]]])
    assert.deepEqual(machine.step({ type: 'late', request: 2, how: 'slow' }), [], 'two are enough while there is no third')
    machine.step({ type: 'arrived', request: 2, item: 1 })
    assert.deepEqual(machine.step({ type: 'arrived', request: 2, item: 2 }), [{ type: 'cancel', request: 1 }])
  })

  it('gives up what is stalled', () => {
    const machine = new Machine()
    machine.step({ type: 'holder', name: 'a', rank: 0 })
    machine.step({ type: 'want', items: [1] })
    assert.deepEqual(machine.step({ type: 'late', request: 1, how: 'stalled' }), [{ type: 'cancel', request: 1 }, { type: 'rest', holder: 'a', ms: 100 }])
    assert.deepEqual(machine.asks({ type: 'rested', name: 'a' }).map(({ items }) => items), [[1]])
  })

  it('calls back what nobody wants any more', () => {
    const machine = new Machine()
    machine.step({ type: 'holder', name: 'a', rank: 0 })
    machine.step({ type: 'want', items: numbers(8) })
    const effects = machine.step({ type: 'want', items: [3, 100] })
    assert.deepEqual(effects, [{ type: 'cancel', request: 2 }, { type: 'ask', request: 3, holder: 'a', items: [100] }])
  })

  it('asks for no more than there is room for', () => {
    const machine = new Machine()
    machine.step({ type: 'holder', name: 'a', rank: 0 })
    assert.deepEqual(machine.asks({ type: 'want', items: numbers(8) }, { room: 3 }).map(({ items }) => items), [[0, 1, 2]])
    assert.deepEqual(machine.asks({ type: 'room' }, { room: 0 }), [])
    assert.deepEqual(machine.asks({ type: 'room' }, { room: 1 }).map(({ items }) => items), [[3]])
  })

  it('brings everything that somebody gives, whatever the others do, and never asks twice at once without need', () => {
    const faults = fc.record({ rank: fc.nat({ max: 2 }), lies: fc.boolean(), lacks: fc.uniqueArray(fc.nat({ max: 19 })), fails: fc.nat({ max: 3 }) })
    fc.assert(fc.property(fc.array(faults, { minLength: 1, maxLength: 4 }), fc.array(fc.nat(), { minLength: 200, maxLength: 200 }), (others, dice) => {
      const machine = new Machine()
      const holders = new Map(others.map((other, i) => [`h${i}`, { ...other, left: other.fails, lied: false }]))
      holders.set('honest', { rank: 2, lies: false, lacks: [], fails: 1, left: 1, lied: false })
      const flying = new Map<number, Ask>()
      const got = new Set<number>()
      const resting = new Set<string>()
      let turn = 0
      const pick = <T>(of: T[]): T => of[(dice[turn++ % dice.length] ?? 0) % of.length] as T
      const apply = (input: ScheduleInput): void => {
        for (const effect of machine.step(input)) {
          if (effect.type === 'cancel') flying.delete(effect.request)
          if (effect.type === 'rest') resting.add(effect.holder)
          if (effect.type !== 'ask') continue
          assert.ok(!resting.has(effect.holder) && holders.get(effect.holder)?.lied === false)
          for (const item of effect.items) assert.ok(!got.has(item) && ![...flying.values()].some(ask => ask.items.includes(item)), `${item} twice`)
          flying.set(effect.request, effect)
        }
        assert.ok([...flying.values()].every(({ holder }) => [...flying.values()].filter(ask => ask.holder === holder).length <= BOUNDS.perHolder))
      }
      for (const [name, { rank }] of holders) apply({ type: 'holder', name, rank })
      apply({ type: 'want', items: numbers(20) })
      for (let steps = 0; got.size < 20; steps++) {
        assert.ok(steps < 2000, 'it comes to an end')
        if (flying.size === 0 || (resting.size > 0 && pick([true, false]))) {
          const name = pick([...resting])
          resting.delete(name)
          apply({ type: 'rested', name })
          continue
        }
        const ask = pick([...flying.values()])
        const holder = holders.get(ask.holder)!
        if (holder.lies || holder.left > 0) {
          if (holder.lies) holder.lied = true
          else holder.left--
          flying.delete(ask.request)
          apply({ type: 'ended', request: ask.request, how: holder.lies ? 'lied' : 'failed' })
          continue
        }
        for (const item of ask.items) {
          if (!flying.has(ask.request) || got.has(item)) break
          if (holder.lacks.includes(item)) { flying.set(ask.request, { ...ask, items: flying.get(ask.request)!.items.filter(one => one !== item) }); apply({ type: 'lacks', request: ask.request, item }); continue }
          got.add(item)
          apply({ type: 'arrived', request: ask.request, item })
        }
        if (flying.delete(ask.request)) apply({ type: 'ended', request: ask.request, how: 'done' })
      }
      assert.deepEqual(hopeless(machine.state), [])
    }), { numRuns: 150 })
  })
})
