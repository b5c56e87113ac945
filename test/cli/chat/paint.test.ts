import assert from 'node:assert/strict'
import fc from 'fast-check'
import { left, newScreen, paint, repaint, resized, type Maker, type Scene } from '../../../src/cli/chat/paint.js'
import type { Size } from '../../../src/cli/chat/state.js'
import type { Block } from '../../../src/cli/chat/state.js'
import { Emulator } from './emulator.js'

const maker: Maker = {
  lines: block => block.kind === 'note' ? block.lines : [],
  changeLines: now => now.kind === 'note' ? [`later: ${now.lines.join(' ')}`] : []
}

const note = (...lines: string[]): Block => ({ kind: 'note', lines, bad: false })

const scene = (blocks: readonly Block[], ...lines: string[]): Scene => ({ blocks, dropped: 0, bottom: { lines: [...lines, '> ab', 'foot'], row: lines.length, before: '> a' } })

/** A screen that is painted into an emulator. */
class Painted {
  readonly terminal: Emulator
  #screen

  constructor (size: Size) {
    this.terminal = new Emulator(size.columns, size.rows)
    this.#screen = newScreen(size)
  }

  paint (what: Scene): void {
    const { screen, text } = paint(this.#screen, what, maker)
    this.#screen = screen
    this.terminal.write(text)
  }

  resize (size: Size, breaks: boolean): void {
    this.terminal.resize(size.columns, size.rows, breaks)
    this.#screen = resized(this.#screen, size, breaks)
  }

  repaint (what: Scene): void {
    const { screen, text } = repaint(this.#screen, what, maker)
    this.#screen = screen
    this.terminal.write(text)
  }

  leave (): void { this.terminal.write(left(this.#screen)) }
}

describe('the screen of a chat', () => {
  it('has new lines above the lower edge, which is written over, with the cursor in its place', () => {
    const on = new Painted({ columns: 20, rows: 6 })
    const one = note('one')
    on.paint(scene([one]))
    on.paint(scene([one], 'Bob: 1 new'))
    assert.deepEqual(on.terminal.all(), ['one', 'Bob: 1 new', '> ab', 'foot'])
    assert.deepEqual(on.terminal.cursor, [3, 2])
    on.leave()
    assert.deepEqual(on.terminal.all(), ['one'])
  })

  it('has every line once, in order, whatever comes, changes and scrolls away', () => {
    const step = fc.oneof(fc.record({ add: fc.array(fc.constantFrom('x', '漢字', 'a longer line'), { minLength: 1, maxLength: 3 }) }), fc.record({ edge: fc.nat({ max: 2 }) }))
    fc.assert(fc.property(fc.integer({ min: 4, max: 9 }), fc.array(step, { maxLength: 30 }), (rows, steps) => {
      const on = new Painted({ columns: 20, rows })
      const blocks: Block[] = [note('start')]
      let edge: string[] = []
      for (const one of steps) {
        if ('add' in one) blocks.push(note(...one.add.map((text, i) => `${blocks.length}.${i} ${text}`)))
        else edge = ['first', 'second'].slice(0, one.edge)
        on.paint(scene([...blocks], ...edge))
        assert.deepEqual(on.terminal.all(), [...blocks.flatMap(block => maker.lines(block)), ...edge, '> ab', 'foot'])
      }
    }))
  })

  it('shows a changed block in its place while that is in sight, and tells of it below when it is not', () => {
    const on = new Painted({ columns: 20, rows: 7 })
    const blocks = [note('start'), note('a'), note('b1', 'b2')]
    on.paint(scene([...blocks]))
    blocks[1] = note('A', 'AA')
    on.paint(scene([...blocks]))
    assert.deepEqual(on.terminal.all(), ['start', 'A', 'AA', 'b1', 'b2', '> ab', 'foot'].slice(-7))
    blocks.push(note('c', 'd', 'e'))
    on.paint(scene([...blocks]))
    blocks[1] = note('changed')
    on.paint(scene([...blocks]))
    assert.deepEqual(on.terminal.all(), ['start', 'A', 'AA', 'b1', 'b2', 'c', 'd', 'e', 'later: changed', '> ab', 'foot'])
    // What stands above such a line is left as it is from then on.
    blocks[3] = note('C')
    blocks.push(note('end'))
    on.paint(scene([...blocks]))
    assert.deepEqual(on.terminal.all().slice(-5), ['later: changed', 'later: C', 'end', '> ab', 'foot'])
  })

  it('reaches the last rows of a block that is higher than the screen', () => {
    const on = new Painted({ columns: 20, rows: 5 })
    const rows = Array.from({ length: 9 }, (_, i) => `row ${i}`)
    on.paint(scene([note(...rows)]))
    on.paint(scene([note(...rows.slice(0, 8), 'row 8 is read', 'by two')]))
    assert.deepEqual(on.terminal.all(), [...rows.slice(0, 8), 'row 8 is read', 'by two', '> ab', 'foot'])
    on.paint(scene([note('changed', ...rows)]))
    assert.match(on.terminal.all().at(-3)!, /^later: changed/)
  })

  it('leaves no rubbish when the size changes, again and again, whether the terminal breaks its rows anew or cuts them', () => {
    const size = fc.record({ columns: fc.integer({ min: 20, max: 60 }), rows: fc.integer({ min: 8, max: 20 }) })
    fc.assert(fc.property(fc.array(fc.tuple(size, fc.boolean()), { maxLength: 12 }), fc.boolean(), (steps, breaks) => {
      const on = new Painted({ columns: 40, rows: 12 })
      const blocks = [note('start', 'of it')]
      const bottom = (columns: number): string[] => ['n'.repeat(columns), 'i'.repeat(columns - 1)]
      on.paint(scene([...blocks], ...bottom(40)))
      for (const [to, more] of steps) {
        on.resize(to, breaks)
        if (more) blocks.push(note(`block ${blocks.length}`))
        on.paint(scene([...blocks], ...bottom(to.columns)))
        assert.deepEqual(on.terminal.all(), [...blocks.flatMap(block => maker.lines(block)), ...bottom(to.columns), '> ab', 'foot'])
      }
    }))
  })

  it('is written anew with as much as it holds', () => {
    const on = new Painted({ columns: 20, rows: 5 })
    const blocks = ['a', 'b', 'c', 'd', 'e'].map(text => note(text))
    on.paint(scene(blocks))
    on.repaint(scene(blocks))
    assert.deepEqual(on.terminal.lines().filter(line => line !== ''), ['d', 'e', '> ab', 'foot'])
    on.paint(scene([...blocks, note('f')]))
    assert.deepEqual(on.terminal.lines(), ['d', 'e', 'f', '> ab', 'foot'])
  })

  it('forgets blocks that were taken from the front, and goes on with the others', () => {
    const on = new Painted({ columns: 20, rows: 9 })
    const blocks = ['a', 'b', 'c'].map(text => note(text))
    on.paint(scene(blocks))
    on.paint({ ...scene([...blocks.slice(2), note('d')]), dropped: 2 })
    assert.deepEqual(on.terminal.all(), ['a', 'b', 'c', 'd', '> ab', 'foot'])
  })
})
