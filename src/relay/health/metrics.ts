/**
 * Numbers for a monitoring system, in Prometheus' text format (version 0.0.4). Three kinds are all a relay needs, so
 * this page stands in place of a dependency. No ids, keys or addresses as labels: only names out of this code.
 */

type Labels = Readonly<Record<string, string>>

const seriesName = (name: string, labels: Labels): string => {
  const pairs = Object.entries(labels).map(([key, value]) => `${key}="${value.replace(/[\\"\n]/g, '_')}"`)
  return pairs.length === 0 ? name : `${name}{${pairs.join(',')}}`
}

interface Family { readonly name: string, readonly help: string, readonly type: string, readonly lines: () => string[] }

/** A number that only grows. `series`: adds to the one with these labels, for what is counted with every call: their text is made once. */
export interface Counter { add: (n?: number, labels?: Labels) => void, series: (labels: Labels) => (n: number) => void }
/** How often values fell under each bound. `series`: as a counter's. */
export interface Histogram { observe: (value: number, labels?: Labels) => void, series: (labels: Labels) => (value: number) => void }

interface Buckets { readonly labels: Labels, readonly counts: number[], sum: number, count: number }

/** All numbers of one relay. */
export class Metrics {
  readonly #families: Family[] = []

  /** A counter; its name should end in `_total`. */
  counter (name: string, help: string): Counter {
    const values = new Map<string, number>()
    this.#families.push({ name, help, type: 'counter', lines: () => (values.size === 0 ? [`${name} 0`] : [...values].map(([series, n]) => `${series} ${n}`)) })
    const add = (series: string, n: number): void => { values.set(series, (values.get(series) ?? 0) + n) }
    return {
      add: (n = 1, labels = {}) => { add(seriesName(name, labels), n) },
      series: labels => {
        const series = seriesName(name, labels)
        return n => { add(series, n) }
      }
    }
  }

  /** A number that is read when somebody asks; with labels when there are several. */
  gauge (name: string, help: string, read: () => number | ReadonlyArray<readonly [Labels, number]>): void {
    this.#families.push({
      name, help, type: 'gauge',
      lines: () => {
        const now = read()
        return typeof now === 'number' ? [`${name} ${now}`] : now.map(([labels, n]) => `${seriesName(name, labels)} ${n}`)
      }
    })
  }

  /** A histogram with these upper bounds. */
  histogram (name: string, help: string, bounds: readonly number[]): Histogram {
    const all = new Map<string, Buckets>()
    this.#families.push({ name, help, type: 'histogram', lines: () => [...all.values()].flatMap(buckets => histogramLines(name, bounds, buckets)) })
    const observe = (key: string, labels: Labels, value: number): void => {
      let buckets = all.get(key)
      if (buckets === undefined) all.set(key, buckets = { labels, counts: bounds.map(() => 0), sum: 0, count: 0 })
      let at = 0
      while (at < bounds.length && value > (bounds[at] ?? 0)) at++
      if (at < bounds.length) buckets.counts[at] = (buckets.counts[at] ?? 0) + 1
      buckets.sum += value
      buckets.count++
    }
    return {
      observe: (value, labels = {}) => { observe(seriesName('', labels), labels, value) },
      series: labels => {
        const key = seriesName('', labels)
        return value => { observe(key, labels, value) }
      }
    }
  }

  /** The page. */
  text (): string {
    return this.#families.map(({ name, help, type, lines }) => [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines(), ''].join('\n')).join('')
  }
}

function histogramLines (name: string, bounds: readonly number[], { labels, counts, sum, count }: Buckets): string[] {
  let under = 0
  const lines = bounds.map((bound, i) => {
    under += counts[i] ?? 0
    return `${seriesName(`${name}_bucket`, { ...labels, le: String(bound) })} ${under}`
  })
  return [
    ...lines,
    `${seriesName(`${name}_bucket`, { ...labels, le: '+Inf' })} ${count}`,
    `${seriesName(`${name}_sum`, labels)} ${sum}`,
    `${seriesName(`${name}_count`, labels)} ${count}`
  ]
}
