// node mutants.mjs [FOLDER]: compile contracts of which one guard is removed each, as mutants/*.json say, into FOLDER, by
// default artifacts/mutants/. Tests attack them: an attack that succeeds on none of them would prove nothing. Where a
// patch is of a part, `of` is the source of the contract that has it.
import { basename, join } from 'node:path'

import { HERE, VERSION, compile, digest, files, read, write } from './compiling.mjs'

// A source with each `[text, instead]` of a patch replaced; the text must be there once.
function patched(path, { source, replace }) {
  return replace.reduce((text, [before, after]) => {
    const found = text.split(before).length - 1
    if (found !== 1) throw new Error(`${path}: this is ${found} times in ${source}:\n${before}`)
    return text.replace(before, () => after)
  }, read(source))
}

const into = process.argv[2] ?? join(HERE, 'artifacts', 'mutants')
for (const path of files('mutants', '.json')) {
  const patch = JSON.parse(read(path))
  const { name, used, made } = compile(patch.of ?? patch.source, { [patch.source]: patched(path, patch) })
  const sources = { ...used, [patch.source]: digest(read(patch.source)), [path]: digest(read(path)) }
  const bytecode = '0x' + made.evm.bytecode.object
  write(join(into, basename(path)), { of: name, without: patch.without, solc: VERSION, sources, bytecode })
  console.log(`${basename(path, '.json')}: ${name} without ${patch.without}`)
}
