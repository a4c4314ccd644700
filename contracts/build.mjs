// node build.mjs [FOLDER]: compile every contract here and write what they come to into FOLDER, by default artifacts/.
// The same sources give the same bytes: everything that goes in is pinned by package-lock.json and set below.
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const HERE = dirname(fileURLToPath(import.meta.url))
const EVM = 'cancun' // what every chain in use knows
const RUNS = 200
const require = createRequire(import.meta.url)
const solc = require('solc')

const read = path => readFileSync(join(HERE, path), 'utf8')
const digest = text => createHash('sha256').update(text).digest('hex')
const sources = ['', 'probes/'].flatMap(folder =>
  readdirSync(join(HERE, folder)).filter(name => name.endsWith('.sol')).sort().map(name => folder + name))

function compile(source) {
  const used = { [source]: digest(read(source)) }
  const input = {
    language: 'Solidity',
    sources: { [source]: { content: read(source) } },
    settings: {
      evmVersion: EVM,
      optimizer: { enabled: true, runs: RUNS },
      metadata: { bytecodeHash: 'none', appendCBOR: false },
      outputSelection: { '*': { '*': ['abi', 'evm.bytecode.object', 'evm.deployedBytecode.object', 'userdoc'] } },
    },
  }
  const load = path => {
    const contents = read(join('node_modules', path))
    used[path] = digest(contents)
    return { contents }
  }
  const found = JSON.parse(solc.compile(JSON.stringify(input), { import: load }))
  const said = found.errors ?? []
  if (said.length) throw new Error(said.map(one => one.formattedMessage).join('\n'))
  const [[name, made]] = Object.entries(found.contracts[source])
  return {
    name,
    solc: solc.version().split('+')[0],
    evmVersion: EVM,
    runs: RUNS,
    sources: Object.fromEntries(Object.entries(used).sort()),
    errors: notices(made.userdoc.errors),
    abi: made.abi,
    bytecode: '0x' + made.evm.bytecode.object,
    runtime: '0x' + made.evm.deployedBytecode.object,
  }
}

// What each error says for people, by its name.
function notices(errors = {}) {
  return Object.fromEntries(Object.entries(errors).map(([signature, [said]]) => [signature.split('(')[0], said.notice]))
}

const into = process.argv[2] ?? join(HERE, 'artifacts')
for (const source of sources) {
  const artifact = compile(source)
  const path = join(into, dirname(source), artifact.name + '.json')
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, JSON.stringify(artifact, null, 1) + '\n')
  console.log(`${artifact.name}: ${artifact.runtime.length / 2 - 1} bytes`)
}
