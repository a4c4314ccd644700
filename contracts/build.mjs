// node build.mjs [FOLDER]: compile every contract here and write what they come to into FOLDER, by default artifacts/.
// The same sources give the same bytes: everything that goes in is pinned by package-lock.json and set below.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const HERE = dirname(fileURLToPath(import.meta.url))
const EVM = 'cancun' // what every chain in use knows
const RUNS = 200
const FOLDERS = { '': '', 'crowd/': '', 'probes/': 'probes' } // of sources, and where their artifacts go
const WANTED = ['abi', 'evm.bytecode.object', 'evm.deployedBytecode.object', 'evm.deployedBytecode.immutableReferences',
  'userdoc', 'devdoc']
const require = createRequire(import.meta.url)
const solc = require('solc')

const read = path => readFileSync(join(HERE, path), 'utf8')
const digest = text => createHash('sha256').update(text).digest('hex')
const sources = Object.keys(FOLDERS).flatMap(folder =>
  readdirSync(join(HERE, folder)).filter(name => name.endsWith('.sol')).sort().map(name => folder + name))
const SENTENCES = JSON.parse(read('sentences.json')) // of errors in libraries, whose sources say nothing for people

// What a source compiles to; `patched` are texts that stand in the place of some of our sources.
function compiled(source, patched = {}) {
  const own = path => patched[path] ?? read(path)
  const used = { [source]: digest(own(source)) }
  const input = {
    language: 'Solidity',
    sources: { [source]: { content: own(source) } },
    settings: {
      evmVersion: EVM,
      optimizer: { enabled: true, runs: RUNS },
      metadata: { bytecodeHash: 'none', appendCBOR: false },
      outputSelection: { '*': { '*': WANTED } },
    },
  }
  const load = path => {
    const contents = existsSync(join(HERE, path)) ? own(path) : read(join('node_modules', path))
    used[path] = digest(contents)
    return { contents }
  }
  const found = JSON.parse(solc.compile(JSON.stringify(input), { import: load }))
  const said = found.errors ?? []
  if (said.length) throw new Error(said.map(one => one.formattedMessage).join('\n'))
  const [[name, made]] = Object.entries(found.contracts[source])
  return { name, used, made }
}

function artifact(source) {
  const { name, used, made } = compiled(source)
  return {
    name,
    solc: solc.version().split('+')[0],
    evmVersion: EVM,
    runs: RUNS,
    sources: Object.fromEntries(Object.entries(used).sort()),
    errors: sentences(made),
    makes: makes(made.devdoc.events),
    abi: made.abi,
    bytecode: '0x' + made.evm.bytecode.object,
    runtime: '0x' + made.evm.deployedBytecode.object,
    immutables: immutables(made),
  }
}

// What each error says for people, by its name.
function sentences({ abi, userdoc }) {
  const ours = Object.entries(userdoc.errors ?? {})
    .map(([signature, [said]]) => [signature.split('(')[0], said.notice])
  const names = abi.filter(one => one.type === 'error').map(one => one.name).filter(name => SENTENCES[name])
  return Object.fromEntries([...names.map(name => [name, SENTENCES[name]]), ...ours].sort())
}

// Which of its arguments an event makes, by the event's name: its tag `@custom:makes`.
function makes(events = {}) {
  return Object.fromEntries(Object.entries(events).filter(([, one]) => one['custom:makes'])
    .map(([signature, one]) => [signature.split('(')[0], one['custom:makes'].trim().split(/,\s*/)]))
}

// Where the code that is on a chain has what its constructor computed: [first byte, length] each.
function immutables({ evm }) {
  return Object.values(evm.deployedBytecode.immutableReferences ?? {}).flat()
    .map(({ start, length }) => [start, length]).sort((a, b) => a[0] - b[0])
}

function write(path, found) {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, JSON.stringify(found, null, 1) + '\n')
}

const into = process.argv[2] ?? join(HERE, 'artifacts')
for (const source of sources) {
  const found = artifact(source)
  const folder = source.slice(0, source.lastIndexOf('/') + 1)
  write(join(into, FOLDERS[folder], found.name + '.json'), found)
  console.log(`${found.name}: ${found.runtime.length / 2 - 1} bytes`)
}
