/** A file that is not what it says it is. */

/** The form is broken, as the message says; nobody's fault here. Becomes a note or a typed error at the door. */
export class Damaged extends Error {
  constructor (message: string) {
    super(message)
    this.name = 'Damaged'
  }
}
