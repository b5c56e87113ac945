/** The door of `node/contacts`: who this account knows. */
export { requireTrusted } from './trust.js'
export { ContactBook, contactView, newContact, shownName, type ContactChange } from './contact-book.js'
export { Finder, type KnownRelay } from './finder.js'
export { decodeContact, manifestOf, type ContactRecord } from './contact-record.js'
export { keyPackageOf } from './key-package.js'
export { Met } from './met.js'
export { shareContacts } from './shared-contacts.js'
export { contactName, sameSeed } from './contact-record.js'
