/**
 * Writes the code of every .proto under src/: the local API's by buf and protobuf-es (`*_pb.ts`, for
 * Connect), the others by protons (`*.pb.ts`). `--check` writes nothing and fails on what is stale.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const api = join(root, 'src/protocol/api')
const check = process.argv.includes('--check')
const tool = path => join(root, 'node_modules', path)
const scratch = mkdtempSync(join(tmpdir(), 'petrel-generate-'))

try {
  const fresh = new Map([...byProtons(), ...byBuf()])
  const stale = [...fresh].filter(([path, text]) => !existsSync(path) || readFileSync(path, 'utf8') !== text)
  if (!check) for (const [path, text] of stale) writeFileSync(path, text)
  for (const [path] of stale) console.log(`${check ? 'stale' : 'wrote'} ${relative(root, path)}`)
  if (check && stale.length > 0) throw new Error('generated code is older than its .proto: run `npm run generate`')
} catch (error) {
  console.error(error.message)
  process.exitCode = 1
} finally {
  rmSync(scratch, { recursive: true, force: true })
}

function protos (folder) {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile() && entry.name.endsWith('.proto'))
    .map(entry => join(entry.parentPath, entry.name))
}

function run (file, args, cwd = root) {
  const { status, stderr, stdout } = spawnSync(process.execPath, [file, ...args], { cwd, encoding: 'utf8' })
  if (status !== 0) throw new Error(`${basename(file)} failed:\n${stdout}${stderr}`)
}

function * byProtons () {
  for (const proto of protos(join(root, 'src')).filter(path => !path.startsWith(api))) {
    run(tool('protons/dist/bin/protons.js'), ['-o', scratch, proto])
    const name = basename(proto, '.proto')
    const text = readFileSync(join(scratch, `${name}.ts`), 'utf8')
    // protons asks callers for bytes on a plain ArrayBuffer; ours may stand on any buffer, and nothing in the code cares.
    yield [join(dirname(proto), `${name}.pb.ts`), text.replaceAll('Uint8Array<ArrayBuffer>', 'Uint8Array')]
  }
}

function * byBuf () {
  if (protos(api).length === 0) return
  const out = join(scratch, 'api')
  mkdirSync(out)
  const plugin = { local: [process.execPath, tool('@bufbuild/protoc-gen-es/bin/protoc-gen-es')], out, opt: ['target=ts', 'import_extension=js'] }
  const template = join(scratch, 'buf.gen.json')
  writeFileSync(template, JSON.stringify({ version: 'v2', plugins: [plugin] }))
  run(tool('@bufbuild/buf/bin/buf'), ['generate', api, '--template', template])
  for (const entry of readdirSync(out, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    yield [join(api, relative(out, path)), readFileSync(path, 'utf8')]
  }
}
