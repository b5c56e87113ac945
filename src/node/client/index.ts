/** The door of `node/client`: a daemon's API without the daemon. */
export { configText, environmentFor, socketSetting } from './config-file.js'
export { connect, type ConnectOptions } from './connect.js'
export { homePaths, type HomePaths, type PathsInput } from './paths.js'
export { checkSocketDirectory, isPipe, socketPlaces } from './socket-path.js'
export { writeGathered } from './gathered.js'
export { LineSplitter } from './line-splitter.js'
