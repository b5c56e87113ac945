/** The door of `node/letters`: first contact, by the inboxes. */
export { Addressees } from './addressees.js'
export { Coming, decodeComing } from './coming.js'
export { EarlyOrders } from './early-orders.js'
export { invitationOf } from './invitation.js'
export { InboxReader } from './inbox-reader.js'
export { Post } from './post.js'
export { Reception } from './reception.js'
export { decodeRequest, Requests, requestNews, requestView } from './requests.js'
