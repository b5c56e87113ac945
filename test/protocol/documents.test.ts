/** WIRE.md, MESSAGE.md and RECORDS.md are what others build from: what they name exists, and what exists they name. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { LABELS, LIMITS } from '../../src/protocol/wire/index.js'
import type { Value } from './reference/cbor.js'
import { LATER, readVectors } from './vectors.js'

const page = (path: string): string => readFileSync(new URL(`../../src/${path}`, import.meta.url), 'utf8')
const pages: Array<readonly [string, string]> = ['protocol/wire/WIRE.md', 'protocol/message/MESSAGE.md', 'protocol/wire/GATEWAY.md', 'node/RECORDS.md'].map(path => [path, page(path)])
const all = pages.map(([, text]) => text).join('\n')

function namesIn (value: Value, into: Set<string>): void {
  if (Array.isArray(value)) for (const item of value) namesIn(item, into)
  else if (typeof value === 'object' && value !== null && !(value instanceof Uint8Array)) {
    for (const [name, inner] of Object.entries(value)) {
      into.add(name)
      namesIn(inner as Value, into)
    }
  }
}

describe('the pages of the formats', () => {
  it('have a table of every label, and of none that is not used', () => {
    const prefix = 'petrel/v1 '
    const tables = pages.flatMap(([, text]) => [...text.matchAll(/\| label \(each begins with `petrel\/v1 `\)[^]*?\n\n/g)].map(([table]) => table))
    assert.equal(tables.length, 2)
    const named = tables.flatMap(table => table.split('\n').slice(2).flatMap(row => [...(row.split('|')[1] ?? '').matchAll(/`([a-z ]+)`/g)].map(([, label]) => prefix + label!)))
    assert.deepEqual(named.toSorted(), Object.values<string>(LABELS).toSorted())
  })

  it('name limits that exist', () => {
    for (const [path, text] of pages) {
      for (const [, name] of text.matchAll(/(?:≤ |± |\^|more than |at most |while fewer than |× |\d to )`([a-zA-Z]+)`/g)) {
        assert.ok(Object.hasOwn(LIMITS, name!), `${path}: no limit is called ${name}`)
      }
    }
  })

  it('name every field that the vectors hold', () => {
    const names = new Set<string>()
    for (const file of ['wire', 'message', 'vault-records']) for (const { value } of readVectors(file).vectors) namesIn(value, names)
    assert.deepEqual([...names].filter(name => !LATER.has(name) && !new RegExp(`\\b${name}\\b`).test(all)), [])
  })
})
