// node build.mjs [FOLDER]: compile every contract here and write what they come to into FOLDER, by default artifacts/.
import { join } from 'node:path'

import { EVM, HERE, RUNS, VERSION, compile, files, read, write } from './compiling.mjs'

const FOLDERS = { '': '', crowd: '', probes: 'probes' } // of sources, and where their artifacts go
const SENTENCES = JSON.parse(read('sentences.json')) // of errors in libraries, whose sources say nothing for people

function artifact(source) {
  const { name, used, made } = compile(source)
  return {
    name,
    solc: VERSION,
    evmVersion: EVM,
    runs: RUNS,
    sources: used,
    errors: sentences(made),
    makes: tagged('makes', made.devdoc.events),
    joins: tagged('joins', made.devdoc.events),
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

// The arguments of events that a tag names, by the event's name: `@custom:makes`, or what a thing becomes a part of.
function tagged(tag, events = {}) {
  const key = 'custom:' + tag
  return Object.fromEntries(Object.entries(events).filter(([, one]) => one[key])
    .map(([signature, one]) => [signature.split('(')[0], one[key].trim().split(/,\s*/)]))
}

// Where the code that is on a chain has what its constructor computed: [first byte, length] each.
function immutables({ evm }) {
  return Object.values(evm.deployedBytecode.immutableReferences ?? {}).flat()
    .map(({ start, length }) => [start, length]).sort((a, b) => a[0] - b[0])
}

const into = process.argv[2] ?? join(HERE, 'artifacts')
for (const [folder, goes] of Object.entries(FOLDERS)) {
  for (const source of files(folder, '.sol')) {
    const found = artifact(source)
    write(join(into, goes, found.name + '.json'), found)
    console.log(`${found.name}: ${found.runtime.length / 2 - 1} bytes`)
  }
}
