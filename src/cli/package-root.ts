/** Where this package lies: its start script and what it says of itself. This file's folder may be moved only with `scripts/bundle.mjs`. */
const ROOT = new URL('../../', import.meta.url)

/** A file of this package, by its path from the package's root. */
export function packageFile (path: string): URL { return new URL(path, ROOT) }
