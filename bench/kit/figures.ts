/** How benchmarks say what they found: one JSON line a figure, with what it stands beside in the same run. */
import { cpus, release } from 'node:os'

/** One figure. */
export interface Figure {
  readonly name: string
  readonly value: number
  readonly unit: string
  /** What it is compared with, in the same unit: the best that could be, or what others do. */
  readonly reference?: number
  /** Ours over the reference, turned round for times, so that more is better. */
  readonly ratio?: number
  /** The least and the most of all rounds. */
  readonly spread?: readonly [number, number]
  /** Whatever else belongs to it. */
  readonly [more: string]: unknown
}

const machine = `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown'}, ${process.platform} ${release()}, Node ${process.versions.node}`

/** Whether this run is only to see that all works: tiny counts, and figures that say nothing. */
export const isSmoke = process.env['BENCH_SMOKE'] === '1'

/** Whether the largest sizes are wanted too, which take long. */
export const isFull = process.env['BENCH_FULL'] === '1'

/** The one or the other, as the run is. */
export const sized = (full: number, smoke: number): number => isSmoke ? smoke : full

/** Prints a figure. */
export function say (figure: Figure): void { console.log(JSON.stringify({ ...figure, machine })) }

const UNITS: ReadonlyArray<readonly [RegExp, string]> = [[/Ms$/, 'ms'], [/^mbPerSecond$/, 'MB/s'], [/perSecond$/i, '/s'], [/MB$/, 'MB'], [/us|Micros/i, 'us'], [/bytes/i, 'bytes']]

/** Prints several figures of one thing; their units follow from what they are called. */
export function sayEach (name: string, figures: Readonly<Record<string, number>>): void {
  for (const [what, value] of Object.entries(figures)) say({ name: `${name}/${what}`, value, unit: UNITS.find(([pattern]) => pattern.test(what))?.[1] ?? 'in all' })
}

/** Three digits that count. */
export const round = (value: number): number => Number(value.toPrecision(3))

/** The middle one. */
export const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0

/** The one that so large a part of them is below. */
export const quantile = (values: readonly number[], q: number): number => values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) * q)] ?? 0

/** The least and the most. */
export const spread = (values: readonly number[]): [number, number] => [round(Math.min(...values)), round(Math.max(...values))]

/** Rounds of ours and of what it stands beside, as one figure. `more`: which is better. */
export function compare (name: string, unit: string, ours: readonly number[], reference: readonly number[], better: 'more' | 'less', rest: Record<string, unknown> = {}): void {
  const ratios = ours.map((value, i) => better === 'more' ? value / (reference[i] ?? 0) : (reference[i] ?? 0) / value)
  say({ name, value: round(median(ours)), unit, reference: round(median(reference)), ratio: round(median(ratios)), spread: spread(ours), ...rest })
}
