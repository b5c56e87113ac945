/** Visits: reaching another's relay through one's own. */
export { serveVisits, type VisitOptions, type VisitServer } from './serve.js'
export { visitTargets } from './target.js'
export { visitTransport } from './transport.js'
