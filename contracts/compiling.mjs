// How every contract here is compiled. The same sources give the same bytes: what goes in is pinned by
// package-lock.json and set below.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const HERE = dirname(fileURLToPath(import.meta.url))
export const EVM = 'cancun' // what every chain in use knows
export const RUNS = 200
const WANTED = ['abi', 'evm.bytecode.object', 'evm.deployedBytecode.object', 'evm.deployedBytecode.immutableReferences',
  'userdoc', 'devdoc']
const solc = createRequire(import.meta.url)('solc')

export const VERSION = solc.version().split('+')[0]
export const read = path => readFileSync(join(HERE, path), 'utf8')
export const digest = text => createHash('sha256').update(text).digest('hex')

// The files of a folder whose names end so, sorted.
export function files(folder, ending) {
  return readdirSync(join(HERE, folder)).filter(name => name.endsWith(ending)).sort().map(name => join(folder, name))
}

// What a source compiles to, and the digest of each source that it used. `patched` are texts in the place of sources of
// ours; without any, a warning is an error.
export function compile(source, patched = {}) {
  const own = path => patched[path] ?? read(path)
  const used = { [source]: digest(own(source)) }
  const input = {
    language: 'Solidity',
    sources: { [source]: { content: own(source) } },
    settings: {
      evmVersion: EVM,
      optimizer: { enabled: true, runs: RUNS },
      metadata: { bytecodeHash: 'none', appendCBOR: false },
      outputSelection: { [source]: { '*': WANTED } },
    },
  }
  const load = path => {
    const contents = existsSync(join(HERE, path)) ? own(path) : read(join('node_modules', path))
    used[path] = digest(contents)
    return { contents }
  }
  const found = JSON.parse(solc.compile(JSON.stringify(input), { import: load }))
  const strict = Object.keys(patched).length === 0
  const said = (found.errors ?? []).filter(one => strict || one.severity === 'error')
  if (said.length) throw new Error(said.map(one => one.formattedMessage).join('\n'))
  const [[name, made]] = Object.entries(found.contracts[source])
  return { name, used: Object.fromEntries(Object.entries(used).sort()), made }
}

export function write(path, found) {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, JSON.stringify(found, null, 1) + '\n')
}
