/** The door of `node/media`: files, from being added to being let go of. */
export type { Added } from './add.js'
export type { MediaHome } from './home.js'
export { Media, type MediaParts } from './media.js'
export { mediaId } from './file-table.js'
export { probeLook } from './probe-look.js'
export { storeKeeper } from './store-keeper.js'
export type { UploadTiming } from './upload-types.js'
export { NodeFiles, whoHas, type FilesOptions, type Wanted } from './fetch/index.js'
