/** The door of `node/client`: a daemon's API without the daemon. */
export { homePaths, type HomePaths, type PathsInput } from './paths.js'
