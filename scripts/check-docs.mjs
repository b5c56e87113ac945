/**
 * Docs that a machine can check: links between pages lead somewhere, the npm commands they name exist,
 * the changelog knows the version, and every symbol that the public door shows has a doc comment.
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const faults = []

for (const page of pages()) {
  const text = readFileSync(page, 'utf8')
  const name = relative(root, page)
  const prose = text.replace(/```[\s\S]*?```/g, '')
  for (const [, target] of prose.matchAll(/\]\(([^)\s]+)\)/g)) {
    if (/^[a-z]+:/.test(target)) continue
    const [file, anchor] = target.split('#')
    const path = file === '' ? page : join(dirname(page), decodeURIComponent(file))
    if (!existsSync(path)) faults.push(`${name}: the link ${target} leads nowhere`)
    else if (anchor !== undefined && !anchors(path).has(anchor)) faults.push(`${name}: ${target} has no such heading`)
  }
  for (const [, script] of text.matchAll(/npm run (?:-s |--silent )?([a-z:]+)/g)) {
    if (manifest.scripts[script] === undefined) faults.push(`${name}: npm run ${script} does not exist`)
  }
}

const changelog = readFileSync(join(root, 'CHANGELOG.md'), 'utf8')
if (!changelog.includes(`## [${manifest.version}]`)) faults.push(`CHANGELOG.md: nothing about ${manifest.version}, the version in package.json`)
if (!changelog.includes('## [Unreleased]')) faults.push('CHANGELOG.md: no Unreleased section')

const symbols = undocumented(join(root, manifest.exports['.'].types.replace(/^\.\/dist\/(.*)\.d\.ts$/, 'src/$1.ts')))
faults.push(...symbols.map(symbol => `${symbol}: the public door shows it, and it has no doc comment`))

for (const fault of faults) console.error(fault)
console.log(faults.length === 0 ? 'docs: nothing to mend' : `docs: ${faults.length} to mend`)
process.exitCode = faults.length === 0 ? 0 : 1

/** All Markdown files of the repository, without what is installed or built. */
function pages (folder = root) {
  return readdirSync(folder, { withFileTypes: true }).flatMap(entry => {
    if (entry.isDirectory()) return entry.name.startsWith('.') || ['node_modules', 'dist', 'coverage'].includes(entry.name) ? [] : pages(join(folder, entry.name))
    return entry.name.endsWith('.md') ? [join(folder, entry.name)] : []
  })
}

/** The anchors of a page's headings, spelt as GitHub spells them. */
function anchors (page) {
  const headings = readFileSync(page, 'utf8').replace(/```[\s\S]*?```/g, '').matchAll(/^#+ +(.*)$/gm)
  return new Set([...headings].map(([, title]) => title.trim().toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, '').replaceAll(' ', '-')))
}

/** What `door` exports without a doc comment; of our own interfaces and classes the members too. */
function undocumented (door) {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile)
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root)
  const program = ts.createProgram([door], options)
  const checker = program.getTypeChecker()
  const source = program.getSourceFile(door)
  const module = source && checker.getSymbolAtLocation(source)
  if (module === undefined) return [`${relative(root, door)} (not a module)`]
  const silent = symbol => ts.displayPartsToString(symbol.getDocumentationComment(checker)).trim() === ''
  return checker.getExportsOfModule(module).flatMap(exported => {
    const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported
    const where = symbol.declarations?.[0]?.getSourceFile().fileName ?? door
    if (where.includes('/node_modules/') || /[._]pb\.ts$/.test(where)) return []
    const name = `${relative(root, where)} ${exported.name}`
    const members = symbol.flags & (ts.SymbolFlags.Interface | ts.SymbolFlags.Class) ? publicMembers(symbol) : []
    return [
      ...(silent(symbol) ? [name] : []),
      ...members.filter(silent).map(member => `${name}.${member.name}`)
    ]
  })
}

/** Methods that a class or an interface declares; plain fields speak by their name and type. */
function publicMembers (symbol) {
  return [...symbol.members?.values() ?? []].filter(member => {
    const declaration = member.declarations?.[0]
    if (declaration === undefined || ts.getCombinedModifierFlags(declaration) & ts.ModifierFlags.Private) return false
    if (ts.isPrivateIdentifier(declaration.name ?? declaration)) return false
    return ts.isMethodSignature(declaration) || ts.isMethodDeclaration(declaration) ||
      (ts.isPropertySignature(declaration) && declaration.type !== undefined && ts.isFunctionTypeNode(declaration.type))
  })
}
