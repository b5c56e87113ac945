#!/usr/bin/env node
/*
 * The start of the `petrel` command. Old syntax on purpose: any Node since 12 must be able to read
 * it and say what is missing, instead of failing on the first modern word.
 */
'use strict'

var fs = require('fs')
var os = require('os')
var path = require('path')

var NEEDED = 22
var root = path.join(__dirname, '..')

if (Number(process.versions.node.split('.')[0]) < NEEDED) withNewerNode()
else start()

/** A checkout carries a newer Node among its development dependencies: use that one, else explain. */
function withNewerNode () {
  var bundled = path.join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
  if (!fs.existsSync(bundled) || process.env.PETREL_RESTARTED === '1') return explain()
  var env = Object.assign({}, process.env, { PETREL_RESTARTED: '1' })
  var child = require('child_process').spawn(bundled, [__filename].concat(process.argv.slice(2)), { stdio: 'inherit', env: env })
  // The terminal sends its own signals to both of us; what is sent to this process alone is passed on.
  process.on('SIGTERM', function () { child.kill('SIGTERM') })
  process.on('SIGHUP', function () { child.kill('SIGHUP') })
  process.on('SIGINT', function () { if (!process.stdin.isTTY) child.kill('SIGINT') })
  child.on('error', explain)
  child.on('exit', function (code, signal) { process.exit(code === null ? 128 + os.constants.signals[signal] : code) })
}

function explain () {
  console.error([
    'petrel needs Node.js ' + NEEDED + ' or newer, and this is ' + process.version + '.',
    'Install a newer one (https://nodejs.org), or borrow one for this command:',
    '  npx -p node@24 petrel ' + (process.argv.slice(2).join(' ') || '--help')
  ].join('\n'))
  process.exitCode = 1
}

function start () {
  var main = mainOf()
  if (main === undefined) {
    console.error('petrel is not built yet: run `npm ci && npm run build` in ' + root)
    process.exitCode = 1
    return
  }
  if ((runs('daemon') || runs('relay')) && keepSmall()) return
  // The words of PETREL_DEBUG name lines of the sources.
  if (process.env.PETREL_DEBUG === '1' && typeof process.setSourceMapsEnabled === 'function') process.setSourceMapsEnabled(true)
  keepCompiledCode()
  import(require('url').pathToFileURL(main).href)
    .then(function (cli) { return cli.main(process.argv.slice(2)) })
    .then(function (code) { if (typeof code === 'number') process.exitCode = code })
    .catch(function (error) {
      console.error(error)
      process.exitCode = 1
    })
}

/** The command in few files (scripts/bundle.mjs), which are there sooner, or one by one, as coverage counts them. */
function mainOf () {
  var mains = [path.join(root, 'dist', 'start', 'main.js'), path.join(root, 'dist', 'cli', 'main.js')]
  if (process.env.NODE_V8_COVERAGE !== undefined) mains.reverse()
  return mains.filter(function (main) { return fs.existsSync(main) })[0]
}

/** Whether this process will be a node (`daemon`) or a relay, which runs on. */
function runs (what) {
  return process.argv.some(function (word, i) { return word === what && process.argv[i + 1] === 'run' })
}

/**
 * Becomes a process that stays small while it carries large files: Node takes these flags, and the C library these
 * variables, only at the start (src/cli/lean.ts says why). True when another program has taken this one's place.
 */
function keepSmall () {
  var flags = runs('relay') ? ['--max-semi-space-size=8', '--heap-growing-percent=100', '--no-allocation-site-pretenuring'] : ['--max-semi-space-size=4', '--heap-growing-percent=60']
  var has = flags.every(function (flag) { return process.execArgv.indexOf(flag) !== -1 })
  if ((has && process.env.MALLOC_ARENA_MAX && process.env.MALLOC_MMAP_THRESHOLD_) || process.env.PETREL_LEAN === '1') return false
  if (typeof process.execve !== 'function' || process.platform === 'win32') return false
  var env = Object.assign({ MALLOC_ARENA_MAX: '2', MALLOC_MMAP_THRESHOLD_: '131072' }, process.env, { PETREL_LEAN: '1' })
  try {
    process.execve(process.execPath, [process.execPath].concat(flags, process.execArgv, process.argv.slice(1)), env)
    return true
  } catch (error) {
    // Larger, but it works.
    return false
  }
}

/**
 * Keeps V8's compiled code for the next start. In the person's own cache folder: Node's default lies
 * in the shared temporary folder, where another local user could leave code for us to run.
 */
function keepCompiledCode () {
  var enable = require('module').enableCompileCache
  // Coverage counts wrongly from cached code.
  if (typeof enable !== 'function' || process.env.NODE_V8_COVERAGE !== undefined) return
  try {
    enable(process.env.NODE_COMPILE_CACHE || path.join(cacheFolder(), 'petrel', 'code'))
  } catch (error) {
    // Without a home there is no cache, only a slower start.
  }
}

function cacheFolder () {
  if (process.env.XDG_CACHE_HOME) return process.env.XDG_CACHE_HOME
  if (process.platform === 'win32' && process.env.LOCALAPPDATA) return process.env.LOCALAPPDATA
  return path.join(os.homedir(), process.platform === 'darwin' ? 'Library/Caches' : '.cache')
}
