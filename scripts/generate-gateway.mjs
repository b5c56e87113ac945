// Makes src/protocol/wire/gateway.pb.ts from gateway.proto (npm run generate).
import { execFileSync } from 'node:child_process'
import { readFileSync, renameSync, writeFileSync } from 'node:fs'

const folder = 'src/protocol/wire'
execFileSync('npx', ['protons', `${folder}/gateway.proto`, '-o', folder], { stdio: 'inherit' })
renameSync(`${folder}/gateway.ts`, `${folder}/gateway.pb.ts`)
const text = readFileSync(`${folder}/gateway.pb.ts`, 'utf8')
// The generator's types demand unshared buffers; ours come from sockets and hashes, where TypeScript cannot tell.
writeFileSync(`${folder}/gateway.pb.ts`, text.replaceAll('Uint8Array<ArrayBuffer>', 'Uint8Array'))
