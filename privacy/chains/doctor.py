"""The chain doctor: whether a chain has what our contracts need, each point tried on the node itself.

Nothing is sent and nothing costs anything: every probe is a call. The opcodes and precompiles are those of the Cancun
fork; the vectors are Ethereum's own (EIP-196, EIP-197, FIPS 180-4).
"""

from collections.abc import Callable, Iterator

from privacy.chains import zksync
from privacy.chains.chain import Chain
from privacy.chains.errors import ChainError, ChainRefused, Reverted
from privacy.finding import Finding

LEAST_GAS_LIMIT = 10_000_000
"""Gas of a block that all our deployments and a verified proof fit into."""

PROOF_GAS, PROOF_BYTES_PUBLISHED = 295_000, 200
"""What a proof takes on Ethereum, measured; and what it may publish on L1: three storage slots. For an estimate."""

_SERVES = "the node answers, and serves the chain that is configured"
_SENDER = "0x" + "11" * 20
_P = 21888242871839275222246405745257275088696311157297823662689037894645226208583


def _words(*numbers: int) -> bytes:
    return b"".join(one.to_bytes(32, "big") for one in numbers)


# A signature whose signer is known: of EIP-155's example transaction.
_HASH = bytes.fromhex("daf5a779ae972f972197303d7b574746c7ef83eadac0f2791ad23db92e4c8e53")
_R = 18515461264373351373200002665853028612451056578545711640558177340181847433846
_S = 46948507304638947509940763649030358759909902576025900602547168820602576006531
_SIGNER = bytes.fromhex("9d8a62f656a8d1615c1294fd71e9cfb3e4855a4f")
_G2 = _words(
    11559732032986387107991004021392285783925812861821192530917403151452391805634,
    10857046999023057135944570762232829481370756359578518086990519993285655852781,
    4082367875863433681332203403145435568316851327593401208105741076214120093531,
    8495653923123431417604973247489272438418190587263600148770280649306958101930,
)
_TWICE = _words(
    1368015179489954701390400359078579693043519447331113978918064868415326638035,
    9918110051302171585080402603319702774565515993150576347155970296011118125764,
)

PRECOMPILES: dict[int, tuple[str, bytes, bytes]] = {
    1: ("recovering a signer", _HASH + _words(27, _R, _S), bytes(12) + _SIGNER),
    2: ("SHA-256", b"", bytes.fromhex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")),
    6: ("adding points of BN254", _words(1, 2, 1, 2), _TWICE),
    7: ("multiplying a point of BN254", _words(1, 2, 2), _TWICE),
    8: ("pairings of BN254", _words(1, 2) + _G2 + _words(1, _P - 2) + _G2, _words(1)),
}
"""What contracts need of Ethereum's own contracts: what it is, an input, and the answer."""

_MINUS_TWICE = _TWICE[:32] + _words(_P - int.from_bytes(_TWICE[32:], "big"))
_ONCE, _ZERO, _OFF = _words(1, 2), _words(0, 0), _words(1, 3)
PAIRINGS: tuple[tuple[str, bytes, bytes | None], ...] = (
    ("pairs that are one", _ONCE + _G2 + _ONCE + _G2 + _MINUS_TWICE + _G2 + _ZERO + _G2, _words(1)),
    ("pairs that are not", _ONCE + _G2 + _ONCE + _G2 + _TWICE + _G2 + _ZERO + _G2, _words(0)),
    ("a point off its curve", _ONCE + _G2 + _ONCE + _G2 + _OFF + _G2 + _ZERO + _G2, None),
)
"""Four pairs at once, as a proof of Groth16 takes them: what they are, and the answer; None for a refusal."""

# Stores and loads transiently, copies memory and pushes a zero, then returns the number 7 as a contract's code.
_CANCUN = bytes.fromhex("60075f5d5f5c5f5260205f60205e60206020f3")


def examine(chain: Chain) -> Iterator[Finding]:
    """Every point, one by one; where the node does not answer at all, the first says so and the rest is left out."""
    try:
        served = chain.chain_id
    except ChainError as error:
        yield Finding("chain_id", _SERVES, False, str(error))
        return
    told = "" if chain.expected is not None else " (none is configured, so any would do)"
    yield Finding("chain_id", _SERVES, True, f"chain {served}{told}")
    yield _looked("gas_limit", f"a block has {LEAST_GAS_LIMIT:,} gas or more", lambda: _gas_limit(chain))
    yield _looked("fees", "fees are those of EIP-1559", lambda: _fees(chain))
    yield _looked("bytecode", "it runs EVM bytecode of the Cancun fork", lambda: _bytecode(chain))
    for number, (what, body, answer) in PRECOMPILES.items():
        yield _looked(f"precompile_{number}", f"precompile {number}: {what}", _precompile(chain, number, body, answer))
    yield proofs(chain)
    yield from zksync_fee(chain)
    yield _looked("logs", "it answers for logs", lambda: _logs(chain))


def proofs(chain: Chain) -> Finding:
    """Whether the chain tells good proofs from others: what is tried before a contract that checks some is created."""
    return _looked("proofs", "it takes a good proof's four pairings, and refuses others", lambda: _pairings(chain))


def _looked(id_: str, title: str, look: Callable[[], tuple[bool, str]]) -> Finding:
    try:
        passed, detail = look()
    except ChainError as error:
        return Finding(id_, title, False, str(error))
    return Finding(id_, title, passed, detail)


def _gas_limit(chain: Chain) -> tuple[bool, str]:
    limit = chain.head().gas_limit
    return limit >= LEAST_GAS_LIMIT, f"{limit:,} gas"


def _fees(chain: Chain) -> tuple[bool, str]:
    base = chain.head().base_fee
    return base is not None, "it has no base fee: transactions pay a plain gas price" if base is None else f"{base} wei"


def _bytecode(chain: Chain) -> tuple[bool, str]:
    found = chain.call(None, _CANCUN, sender=_SENDER)
    if found == _words(7):
        return True, ""
    return False, "it gave another answer: contracts must be compiled for this chain's own machine"


def _precompile(chain: Chain, number: int, body: bytes, answer: bytes) -> Callable[[], tuple[bool, str]]:
    def look() -> tuple[bool, str]:
        found = chain.call(f"0x{number:040x}", body, sender=_SENDER)
        return found == answer, "" if found == answer else "it gave no answer, or a wrong one"

    return look


def _pairings(chain: Chain) -> tuple[bool, str]:
    for what, body, answer in PAIRINGS:
        try:
            found: bytes | None = chain.call(f"0x{8:040x}", body, sender=_SENDER)
        except (ChainRefused, Reverted):
            if answer is not None:
                raise
            found = None  # each node says in its own way that a precompile has failed
        if (found or None) != answer:
            return False, f"it gave a wrong answer for {what}"
    return True, ""


def zksync_fee(chain: Chain) -> Iterator[Finding]:
    """Where a chain is zkSync's, what a receipt costs there by its own formula; nothing of any other."""
    title = "zkSync's own formula says what a proof costs"
    try:
        found = zksync.prices(chain)
    except ChainError as error:
        yield Finding("zksync_fee", title, False, str(error))
        return
    if found is not None:
        wei = found.fee(gas=PROOF_GAS, published=PROOF_BYTES_PUBLISHED)
        yield Finding(
            "zksync_fee", title, True,
            f"{wei / 10**18:.3g} ether, if it takes {PROOF_GAS:,} gas as on Ethereum and publishes "
            f"{PROOF_BYTES_PUBLISHED} bytes: {found.base_fee:,} wei a unit, {found.gas_per_byte:,} units a byte",
        )  # fmt: skip


def _logs(chain: Chain) -> tuple[bool, str]:
    head = chain.head().number
    chain.logs(first=head, last=head)
    return True, ""
