/** The door of `store/level`. */
export { openLevelCore, type LevelStoreOptions, type OpenedLevel } from './open.js'
export { LevelEngine, levelEngineParts, type BytesLevel, type MakeLevel } from './engine.js'
export { DATABASE, findStore, SEGMENTS, writeMarker, type Marker } from './marker.js'
