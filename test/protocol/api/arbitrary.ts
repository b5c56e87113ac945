/** Random values that fit a description. */
import fc from 'fast-check'
import type { AnySpec } from '../../../src/protocol/api/spec.js'

/** Values in the interface's form: Dates as Dates, absent fields left out. */
export function valueOf (spec: AnySpec): fc.Arbitrary<unknown> {
  switch (spec.kind) {
    case 'text': return fc.string({ unit: 'grapheme', minLength: spec.min, maxLength: Math.min(12, spec.maxBytes ?? 12) })
      .filter(text => text.isWellFormed() && text.length >= spec.min && Buffer.byteLength(text) <= (spec.maxBytes ?? Infinity))
    case 'integer': return fc.oneof(fc.integer({ min: spec.min, max: Math.min(spec.max, spec.min + 1000) }), fc.constantFrom(spec.min, spec.max))
    case 'bool': return fc.boolean()
    case 'date': return fc.date({ min: new Date('0001-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59.999Z'), noInvalidDate: true })
    case 'choice': return fc.constantFrom(...Object.keys(spec.numbers), ...(spec.open ? ['unknown-77'] : []))
    case 'nullable': return fc.option(valueOf(spec.of), { nil: null })
    case 'list': return fc.array(valueOf(spec.of), { maxLength: 3 })
    case 'object': return fc.record(
      Object.fromEntries(Object.entries(spec.fields).map(([name, field]) => [name, valueOf(field.spec)])),
      { requiredKeys: Object.entries(spec.fields).filter(([, field]) => !field.optional).map(([name]) => name), noNullPrototype: true }
    )
    case 'union': return fc.oneof(...Object.entries(spec.cases).map(([type, of]) => valueOf(of).map(fields => ({ type, ...fields as object }))))
    case 'nothing': return fc.constant(undefined)
  }
}
