/** The door of `relay/dht`: manifests among relays, so that an account is found by nothing but its id. */
export { Directory, type Hosted } from './directory.js'
