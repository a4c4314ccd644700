"""Demo accounts: keys of this device alone, with ether that is worth nothing, for whoever has no wallet."""

import json
import secrets
from pathlib import Path

from privacy.plugin.chains import ChainDamaged, KeySigner, guarded, write_atomic

FILE = "demo-keys.json"
NAMES = ("Ada", "Ben", "Chidi", "Dana", "Emre")
_WEI = 10**24
_ABOUT = "Demo keys of the embedded chain of this device. They guard nothing; never use them elsewhere."


def demo_accounts(folder: Path) -> list[KeySigner]:
    """The demo accounts of a chain, made from the operating system's randomness where there are none yet."""
    path = folder / FILE
    if not path.exists():
        keys = {name: secrets.token_hex(32) for name in NAMES}
        write_atomic(path, json.dumps({"about": _ABOUT, "keys": keys}, indent=1).encode())
    try:
        keys = json.loads(guarded(lambda: path.read_text(encoding="utf-8"), path))["keys"]
        return [KeySigner(bytes.fromhex(key), label=f"{name} (demo)", demo=True) for name, key in keys.items()]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        text = "the demo accounts cannot be read"
        raise ChainDamaged(text, where=str(path), then="veilbench chain reset starts again") from error


def funded(folder: Path) -> dict[str, int]:
    """The wei of each demo account in a new chain."""
    return {account.address: _WEI for account in demo_accounts(folder)}
