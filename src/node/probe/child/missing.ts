/** A library that Petrel can do without. */

/** It is not installed. */
export class Missing extends Error {
  constructor (library: string, options?: ErrorOptions) {
    super(library, options)
    this.name = 'Missing'
  }
}
