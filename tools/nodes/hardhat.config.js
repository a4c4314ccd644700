// A Hardhat node for tests: its network and its folders come as JSON in VEILBENCH_HARDHAT.
const given = JSON.parse(process.env.VEILBENCH_HARDHAT ?? '{}')

export default {
  networks: { node: { type: 'edr-simulated', ...given.network } },
  paths: given.paths ?? {},
}
