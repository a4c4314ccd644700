"""How deep calls of Python may nest: no deeper than the C stack stands.

Libraries of Ethereum (py_ecc, which eth-account, web3 and py-evm bring) allow 100,000 for the whole process as they are
imported. A hostile JSON text that nests so deep then overruns the C stack and ends the process.
"""

import sys

MOST = 6000
"""What py-evm needs: a transaction's gas nests calls 470 deep at most, of six Python calls each."""


def bound_nesting() -> None:
    """Take back what an import has allowed: called right after one of those."""
    sys.setrecursionlimit(min(sys.getrecursionlimit(), MOST))
