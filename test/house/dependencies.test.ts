import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

interface Locked { version: string, license?: string, resolved?: string, dev?: boolean, optional?: boolean, hasInstallScript?: boolean, optionalDependencies?: Record<string, string> }
interface Manifest { dependencies: Record<string, string>, optionalDependencies: Record<string, string>, devDependencies: Record<string, string>, allowScripts: Record<string, boolean> }

const REPOSITORY = join(import.meta.dirname, '../..')
const read = (name: string): unknown => JSON.parse(readFileSync(join(REPOSITORY, name), 'utf8'))

describe('the dependencies', () => {
  const manifest = read('package.json') as Manifest
  const { packages } = read('package-lock.json') as { packages: Record<string, Locked> }
  const locked = Object.entries(packages).filter(([path]) => path !== '')
  const nameOf = (path: string): string => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)

  it('are pinned exactly', () => {
    const loose = Object.entries({ ...manifest.dependencies, ...manifest.optionalDependencies, ...manifest.devDependencies }).filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))
    assert.deepEqual(loose, [])
  })

  it('come from whatever registry npm is set to: the lockfile names no address', () => {
    assert.deepEqual(locked.filter(([, entry]) => entry.resolved !== undefined).map(([path]) => path), [])
  })

  it('are locked for every platform, also for those this machine is not', () => {
    const present = new Set(locked.map(([path]) => nameOf(path)))
    const missing = locked.flatMap(([, entry]) => Object.keys(entry.optionalDependencies ?? {})).filter(name => !present.has(name))
    assert.deepEqual(missing, [], '`npm ci` refuses a lockfile without them: choose a version whose parts are all published')
  })

  it('have licenses that may be passed on with Petrel', () => {
    const free = /^\(?(MIT|Apache-2\.0|BSD-2-Clause|BSD-3-Clause|ISC|0BSD|BlueOak-1\.0\.0|CC0-1\.0|Unlicense|MIT-0| OR | AND )+\)?$/
    // sharp is left out where somebody does not want it; the library that its binaries load is free too, and stays one that can be replaced.
    const isOptional = ([path, entry]: [string, Locked]): boolean => entry.optional === true && path.startsWith('node_modules/@img/sharp-') && /^(Apache-2\.0 AND )?LGPL-3\.0-or-later( AND MIT)?$/.test(entry.license ?? '')
    const others = locked.filter(one => !isOptional(one)).filter(([, entry]) => entry.dev !== true && !free.test(entry.license ?? 'none')).map(([path, entry]) => `${path}: ${entry.license ?? 'none'}`)
    assert.deepEqual(others, [])
  })

  it('run no install script that package.json does not approve, and approve none that is not there', () => {
    const scripted = new Set(locked.filter(([, entry]) => entry.hasInstallScript === true).map(([path]) => nameOf(path)))
    const approved = Object.entries(manifest.allowScripts).filter(([, yes]) => yes).map(([name]) => name)
    assert.deepEqual([...scripted].filter(name => manifest.allowScripts[name] === undefined), [], 'decide with `npm approve-scripts` or `npm deny-scripts`')
    assert.deepEqual(approved.filter(name => !scripted.has(name)), [])
  })
})
