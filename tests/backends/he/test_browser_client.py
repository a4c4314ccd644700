"""The browser's client of HE against the servers in Python: both ways, with every check that the tab makes."""

import json
import secrets
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from backends.he.lookup.mechanism import HeLookup
from backends.he.scoring.client import ScoringClient
from backends.he.scoring.keys import ScoringKey
from backends.he.scoring.presets import PRESETS, wire_id
from backends.he.scoring.server import ScoringServer
from backends.he.scoring.wires import decode_query, encode_query
from privacy.boundary.channel import Channel
from privacy.boundary.seat import Seat
from privacy.plugin import CLIENT, SERVER, LookupTask, Wire
from privacy.relay import Relay
from privacy.transports.base import InProcess
from tests.support.he_vectors import catalogue_of, vector_of

SOURCES = Path(__file__).parents[3] / "backends" / "he" / "browser"
NODE = shutil.which("node")
pytestmark = pytest.mark.skipif(NODE is None, reason="node is not installed")

# The functions get and give files; the state of a client lasts from line to line.
_DRIVER = """
const fs = await import("node:fs"), made = {};
const bytes = (path) => new Uint8Array(fs.readFileSync(path));
const steps = {
  scoring: async ({ preset, published }) => { made.scoring = await ScoringClient.open(preset, bytes(published)); },
  query: async ({ vector, out }) => fs.writeFileSync(out, await made.scoring.query(vector)),
  scores: async ({ answer }) => Array.from(made.scoring.scores(bytes(answer))),
  rekey: async () => made.scoring.rekey(),
  secret: async () => {
    const ring = made.scoring.rings[0], small = ring.undo(Int32Array.from(made.scoring.key[0]));
    return Array.from(small, (v) => (v > 1 ? v - ring.q : v));
  },
  lookup: async ({ task, published }) => { made.lookup = await LookupClient.open(task, bytes(published)); },
  fetch: async ({ indices, out }) => fs.writeFileSync(out, made.lookup.query(indices)),
  records: async ({ answer }) => (await made.lookup.records(bytes(answer))).map((r) => Array.from(r)),
  opened: async ({ secrets, answer }) => {
    made.lookup.open = secrets;
    return (await made.lookup.records(bytes(answer))).map((r) => Array.from(r));
  },
  stream: async ({ key, size, first }) => Array.from(await keyStream(Uint8Array.from(key), size, first)),
};
for await (const line of (await import("node:readline")).createInterface({ input: process.stdin })) {
  const { step, ...more } = JSON.parse(line);
  let said;
  try {
    said = { is: (await steps[step](more)) ?? null };
  } catch (error) {
    said = { refused: error instanceof Refused, error: String(error.message) };
  }
  console.log(JSON.stringify(said));
}
"""


class Tab:
    """A client of a browser, under node."""

    def __init__(self, folder: Path) -> None:
        script = folder / "tab.mjs"
        parts = [(SOURCES / f"{name}.js").read_text(encoding="utf-8") for name in ("ring", "scoring", "lookup")]
        script.write_text("\n".join([*parts, _DRIVER]), encoding="utf-8")
        self.folder = folder
        assert NODE is not None
        self.process = subprocess.Popen([NODE, str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def says(self, step: str, **more):
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        for name, value in more.items():
            if isinstance(value, bytes):
                path = self.folder / f"{name}.bin"
                path.write_bytes(value)
                more[name] = str(path)
        self.process.stdin.write(json.dumps({"step": step, **more}) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def file(self, step: str, **more) -> bytes:
        out = self.folder / "out.bin"
        assert "error" not in (said := self.says(step, out=str(out), **more)), said
        return out.read_bytes()


@pytest.fixture
def tab(tmp_path: Path):
    made = Tab(tmp_path)
    yield made
    assert made.process.stdin is not None
    made.process.stdin.close()
    made.process.wait()
    assert made.process.stdout is not None
    made.process.stdout.close()


def preset_of(name: str) -> dict[str, object]:
    preset = PRESETS[name]
    return {
        "number": wire_id(preset), "degree": preset.degree, "primes": list(preset.primes), "exact": preset.exact,
    }  # fmt: skip


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize(("items", "dims"), [(5, 1), (5000, 33)])
def test_a_tab_gets_the_scores_of_its_vector(tab: Tab, name: str, items: int, dims: int) -> None:
    preset, catalogue, vector = PRESETS[name], catalogue_of(items, dims), vector_of(dims, 1)
    server = ScoringServer(preset, catalogue)
    assert tab.says("scoring", preset=preset_of(name), published=server.published()) == {"is": None}
    bodies = [tab.file("query", vector=vector.tolist()) for _ in range(2)]
    ours = ScoringClient(preset, server.published()).query(vector)
    assert len(bodies[0]) == len(bodies[1]) == len(ours)
    assert bodies[0][:20] == ours[:20]
    assert bodies[0][20:36] != bodies[1][20:36]
    answer = server.answer(bodies[1])
    scores = np.array(tab.says("scores", answer=answer)["is"])
    exact = catalogue @ vector
    assert np.abs(scores - exact).max() < (0.2 if preset.exact else 8 * server.scales.error)
    # One altered bit, another key, another shape: refused, and never wrong scores.
    bent = bytearray(answer)
    bent[100] ^= 1
    assert tab.says("scores", answer=bytes(bent))["refused"]
    assert tab.says("scores", answer=answer[:-1])["refused"]
    tab.says("rekey")
    tab.file("query", vector=vector.tolist())
    assert tab.says("scores", answer=answer)["refused"]


@pytest.mark.parametrize("name", PRESETS)
def test_what_a_tab_encrypts_decrypts_in_python_under_its_key(tab: Tab, name: str) -> None:
    preset, dims = PRESETS[name], 6
    server = ScoringServer(preset, catalogue_of(50, dims))
    tab.says("scoring", preset=preset_of(name), published=server.published())
    vector = np.array([0, 1, -1, 150, -200, 7])
    query = decode_query(preset, tab.file("query", vector=vector.tolist()), dims=dims)
    key = ScoringKey(preset, secrets.token_bytes)
    key._secret = np.array(tab.says("secret")["is"], dtype=np.int64)
    assert set(np.unique(key._secret)) == {-1, 0, 1}
    key._transformed = key._by_prime(key._secret[None])[0]
    found = key.slots(query.astype(np.uint64))
    error = found - (vector * server.scales.scale_user)[:, None]
    assert np.abs(error).max() < 3.24 * 8 * np.sqrt(preset.degree)
    assert np.std(error.real) == pytest.approx(3.24 * np.sqrt(preset.degree / 2), rel=0.1)
    assert encode_query(preset, bytes(16), query[:, 0])[:20] == server_head(preset, dims)


def server_head(preset, dims: int) -> bytes:
    return ScoringClient(preset, ScoringServer(preset, catalogue_of(2, dims)).published()).query(vector_of(dims, 1))[
        :20
    ]


@pytest.mark.parametrize(("items", "size", "count"), [(1, 1, 1), (7, 3, 10), (4100, 40, 10), (3000, 200, 2)])
def test_a_tab_fetches_its_records(tab: Tab, items: int, size: int, count: int) -> None:
    rng = np.random.default_rng(items)
    records, task = rng.integers(0, 256, (items, size), dtype=np.uint8), LookupTask(items, size, count)
    relay = Relay(HeLookup(), task, records, transport=InProcess())
    shape = {"items": items, "recordBytes": size, "count": count}
    assert tab.says("lookup", task=shape, published=relay.published) == {"is": None}
    for indices in (rng.integers(0, items, count), np.full(count, items - 1)):
        body = tab.file("fetch", indices=indices.tolist())
        channel = Channel()
        found = tab.says("records", answer=relay.ask(body, channel))["is"]
        assert np.array_equal(found, records[indices])
        assert [m.kind for m in channel.transcript.messages] == ["query", "answer"]
    role = HeLookup().client(Seat(CLIENT, task))
    role.keep([Wire(CLIENT, "hint", "public", relay.published)])
    assert len(body) == len(next(iter(role.query(secret_of(indices)))).body)
    # The same answer again, an altered one, a damaged hint.
    assert tab.says("records", answer=relay.ask(body, Channel()))["refused"]
    body = tab.file("fetch", indices=indices.tolist())
    bent = bytearray(relay.ask(body, Channel()))
    bent[53::2] = bytes(b ^ 0xFF for b in bent[53::2])
    assert tab.says("records", answer=bytes(bent))["refused"]
    damaged = bytearray(relay.published)
    damaged[-1] ^= 1
    assert tab.says("lookup", task=shape, published=bytes(damaged))["refused"]
    assert tab.says("fetch", indices=[0] * (count + 1), out="x")["refused"]
    relay.close()


def test_a_tab_opens_the_known_answer_under_the_known_secrets(tab: Tab) -> None:
    known = json.loads((Path(__file__).parent / "lookup-vectors.json").read_text())
    task = LookupTask(known["items"], known["record_bytes"], known["count"])
    j = np.arange(task.items * task.record_bytes)
    records = ((7 * j + j // 5) % 256).astype(np.uint8).reshape(task.items, -1)
    relay = Relay(HeLookup(), task, records, transport=InProcess())
    tab.says("lookup", task={"items": task.items, "recordBytes": task.record_bytes, "count": task.count},
             published=relay.published)  # fmt: skip
    secrets = [
        {"index": i, "place": i % known["per_column"], "secret": [int(digit) - 1 for digit in text]}
        for i, text in zip(known["indices"], known["secrets"], strict=True)
    ]
    found = tab.says("opened", secrets=secrets, answer=bytes.fromhex(known["answer"]))["is"]
    assert np.array_equal(found, records[known["indices"]])
    relay.close()


def secret_of(indices):
    from privacy.boundary.secret import Secret

    return Secret(np.asarray(indices), owner=CLIENT)


def test_key_streams_are_those_of_python(tab: Tab) -> None:
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    for first in (0, 1):
        stream = Cipher(algorithms.AES128(bytes(range(16))), modes.CTR(bytes([first, *bytes(15)]))).encryptor()
        assert bytes(tab.says("stream", key=list(range(16)), size=100, first=first)["is"]) == stream.update(bytes(100))
    assert SERVER.name == "server"
