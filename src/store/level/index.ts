/** The door of `store/level`. */
export { openLevelCore, openLevelStore, type LevelStoreOptions, type OpenedLevel } from './open.js'
export { makeClassicLevel, type BytesLevel, type MakeLevel } from './engine.js'
export { DATABASE, writeMarker, type Marker } from './marker.js'
