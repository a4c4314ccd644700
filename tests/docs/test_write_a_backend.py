"""docs/write-a-backend.md, done as written: its commands in a fresh environment elsewhere, its code the example's."""

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import sysconfig
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from privacy.scaffold import KINDS, renamed
from tests.support import EXAMPLE, ROOT
from tests.support.waiting import CAP, wait_until

PAGE = (ROOT / "docs" / "write-a-backend.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"(?:^In `(?P<path>[^`\n]+)`:\n\n)?^```(?P<kind>\w+)\n(?P<body>.*?)^```$", re.M | re.S)
NAME = "mine"
OF_KIND = dict(re.findall(r"^veilbench new-backend (\w+) --kind (\w+)$", PAGE, re.M))
"""The backends of other kinds that the page writes, each with its kind."""
PASSED = re.compile(r"declared; \d+ checks passed( in games of \d+ plays)?(, \d+ had too few to tell,)? on ")
"""The last line of a check in which nothing failed."""
SCRIPTS = ("veilbench", "pip", "pytest")
PAGES = {
    "home.py": {},
    "fyp.py": {"stack": NAME},
    "compare.py": {"stacks": f"plain,{NAME}"},
    "server.py": {"stack": NAME},
    "plugins.py": {"backend": NAME},
}
LOOK = """
import json, sys
from streamlit.testing.v1 import AppTest

main, pages = sys.argv[1], json.loads(sys.argv[2])
found = {}
for page, query in pages.items():
    at = AppTest.from_file(main, default_timeout=120)
    at.run()
    for name, value in query.items():
        at.query_params[name] = value
    own = [h for h, one in at._registered_pages.items() if f"{one.get('url_pathname')}.py" == page]
    # The first page is at no path of its own: the app is on it already.
    at._page_hash = own[0] if own else at._page_hash
    at.run()
    html = " ".join(str(e.proto.body) for e in at.get("html"))
    html += " ".join(str(e.value) for e in [*at.markdown, *at.title, *at.header, *at.subheader])
    options = [str(o) for kind in (at.segmented_control, at.selectbox, at.multiselect) for w in kind for o in w.options]
    asked = {k: v if isinstance(v, str) else v[0] for k, v in at.query_params.items()}
    trouble = [str(e.value) for e in [*at.exception, *at.error, *at.warning]]
    found[page] = {"html": html, "options": options, "asked": asked, "trouble": trouble}
print(json.dumps(found))
"""


@dataclass
class Walk:
    """What the page's commands did: each with its exit code and all that it printed."""

    folder: Path
    env: dict[str, str]
    done: dict[str, subprocess.CompletedProcess[str]] = field(default_factory=dict)

    def run(self, command: str) -> None:
        self.done[command] = subprocess.run(
            ["bash", "-eu", "-c", command],
            cwd=self.folder, env=self.env, text=True, timeout=CAP,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def wording(self, command: str) -> str:
        return self.done[command].stdout


def blocks(kind: str) -> list[tuple[str, str]]:
    """The page's blocks of code: where each is said to be, and what is in it."""
    return [(m["path"] or "", m["body"]) for m in BLOCK.finditer(PAGE) if m["kind"] == kind]


def example_of(path: str) -> tuple[str, Path, str]:
    """The backend that a file of the page belongs to, the example that it is written from, and its name there."""
    package = re.match(r"veilbench_(\w+)/", path)
    name = package[1] if package else NAME
    return (NAME, EXAMPLE, "shares") if name == NAME else (name, EXAMPLE.parent / "kinds" / OF_KIND[name], NAME)


def environment(folder: Path) -> dict[str, str]:
    """A virtual environment with Veilbench and what it needs in reach, and nothing from the network."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder / "env")], check=True)
    python, scripts = folder / "env" / "bin" / "python", folder / "env" / "bin"
    (site,) = (folder / "env" / "lib").glob("python*/site-packages")
    (site / "veilbench_host.pth").write_text(f"{ROOT}\n{sysconfig.get_paths()['purelib']}\n")
    for point in entry_points(group="console_scripts"):
        if point.name in SCRIPTS:
            code = f"import sys\nfrom {point.module} import {point.attr} as run\nsys.exit(run())\n"
            (scripts / point.name).write_text(f"#!{python}\n{code}")
            (scripts / point.name).chmod(0o755)
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PIP_", "PYTHON", "VEILBENCH_", "COVERAGE"))}
    return kept | {
        "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}", "HOME": str(folder), "VIRTUAL_ENV": str(folder / "env"),
        "VEILBENCH_HOME": str(folder / "state"), "PIP_NO_INDEX": "1", "PIP_CONFIG_FILE": os.devnull,
        # pip reads this as the command line's --no-build-isolation, whose value is false.
        "PIP_NO_BUILD_ISOLATION": "0", "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1",
    }  # fmt: skip


@contextlib.contextmanager
def served(walk: Walk, command: str) -> Iterator[str]:
    """The app as a command of the page starts it, on a port that is free here."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        f"exec {command} --port {port}", shell=True, cwd=walk.folder, env=walk.env, stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(server.pid, signal.SIGINT)
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()


def fetched(url: str) -> int:
    """The status of a page, waited for as long as a server may take to start."""

    def answered() -> int:
        with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=5) as reply:
            return int(reply.status)
        return 0

    return wait_until(answered)


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Walk:
    """Every command of the page, one after the other."""
    folder = tmp_path_factory.mktemp("author")
    (folder / "here").mkdir()
    found = Walk(folder / "here", environment(folder))
    (single,) = [body for path, body in blocks("python") if not path]
    (found.folder / "coarse.py").write_text(single)
    for _, body in blocks("sh"):
        for command in body.splitlines():
            if command == "veilbench serve":
                with served(found, command) as address:
                    status = fetched(address)
                found.done[command] = subprocess.CompletedProcess(command, 0 if status == 200 else 1, "")
            else:
                found.run(command)
    return found


@pytest.mark.soak("docs", seconds=220)
def test_every_command_of_the_page_works_as_written(walk: Walk) -> None:
    assert len(walk.done) >= 12
    failed = {c: d.stdout for c, d in walk.done.items() if d.returncode}
    assert not failed


@pytest.mark.soak("docs", seconds=220)
def test_the_commands_say_what_the_page_says_of_them(walk: Walk) -> None:
    listed = walk.wording("veilbench backends")
    assert re.search(rf"^{NAME} +lookup, scoring +ready$", listed, re.M)
    assert "package veilbench-mine, version 0.1.0" in listed
    assert re.search(PASSED, walk.wording(f"veilbench check {NAME}"))
    assert "server-2: non collusion" in walk.wording(f"veilbench run fyp --stack {NAME} --cohort 50")
    assert re.search(r"\d+ passed", walk.wording("pytest veilbench-mine/tests"))
    assert NAME in (walk.folder / "mine.html").read_text(encoding="utf-8")
    assert re.search(PASSED, walk.wording("veilbench check coarse"))
    for name in OF_KIND:
        if (check := f"veilbench check {name} --quick") in walk.done:
            assert re.search(PASSED, walk.wording(check))
    assert "epsilon 2" in walk.wording("veilbench run fyp --stack my_noise --cohort 50")
    assert "aggregator-2: non collusion" in walk.wording("veilbench run survey --stack my_rounds --devices 40")
    assert "rounding hides nothing" in walk.wording("veilbench run fyp --stack coarse --param step=32 --cohort 50")


@pytest.mark.soak("docs", seconds=220)
def test_a_broken_plugin_is_told_as_the_page_tells_it(walk: Walk) -> None:
    document = walk.wording("veilbench backends --debug")
    assert "ModuleNotFoundError: No module named 'no_such_library'" in document
    assert "What to do: pip install no_such_library" in document
    assert re.search(r"Log [0-9a-f]{8}: broken", document)
    assert "Traceback (most recent call last)" in document
    (log,) = (walk.folder.parent / "state" / "log").glob("*.txt")
    assert "no_such_library" in log.read_text()


@pytest.mark.soak("docs", seconds=220)
def test_the_backend_is_on_every_page(walk: Walk) -> None:
    python = walk.folder.parent / "env" / "bin" / "python"
    look = subprocess.run(
        [str(python), "-c", LOOK, str(ROOT / "ui" / "main.py"), json.dumps(PAGES)],
        cwd=ROOT, env=walk.env | {"VEILBENCH_COHORT": "20"}, text=True, capture_output=True, timeout=CAP,
    )  # fmt: skip
    assert look.returncode == 0, look.stderr[-3000:]
    pages = json.loads(look.stdout.splitlines()[-1])
    for page, query in PAGES.items():
        seen = pages[page]
        assert not seen["trouble"], (page, seen["trouble"])
        assert {k: seen["asked"].get(k) for k in query} == query
        assert "Mine" in " ".join([seen["html"], *seen["options"]]), page
    assert {"Mine", "Coarse"} <= set(pages["fyp.py"]["options"])
    assert "server-2" in pages["server.py"]["html"]


@pytest.mark.parametrize(("path", "body"), [b for b in blocks("python") if b[0]])
def test_code_on_the_page_is_the_examples(path: str, body: str) -> None:
    name, folder, old = example_of(path)
    source = (folder / path.replace(name, old)).read_text(encoding="utf-8")
    assert body in renamed(source, name, old=old)


def test_every_file_of_the_example_is_on_the_page() -> None:
    document = {path for path, _ in blocks("python") if path and example_of(path)[0] == NAME}
    files = {p.relative_to(EXAMPLE).as_posix() for p in EXAMPLE.rglob("*.py") if p.name != "__init__.py"}
    assert {path.replace(NAME, "shares") for path in document} == files


def test_every_kind_is_written_by_a_command_of_the_page_and_its_mechanism_is_on_it() -> None:
    assert set(OF_KIND.values()) == set(KINDS)
    walked = {example_of(path)[0] for path, _ in blocks("python") if path} - {NAME}
    taught_above = {"scoring", "lookup"}
    assert {OF_KIND[name] for name in walked} == set(KINDS) - taught_above
    commands = "".join(body for _, body in blocks("sh"))
    for name in walked:
        assert f"veilbench check {name}" in commands
        assert f"--stack {name}" in commands


def test_the_page_names_what_there_is() -> None:
    import privacy.plugin
    from privacy.guarantees import Strength

    for strength in Strength:
        assert f"`{strength.name}`" in PAGE
    for name in ("Randomiser", "Aggregation", "Role", "Done", "Abort", "WireError", "SHARE", "EVALUATION_KEY"):
        assert f"`{name}`" in PAGE
        assert name in privacy.plugin.__all__
    for linked in re.findall(r"\]\(([^)#]+)\)", PAGE):
        assert (ROOT / "docs" / linked).exists()
    for path in re.findall(r"`(backends/[^`]+)`", PAGE):
        assert (ROOT / path).exists()
    assert f"now {privacy.plugin.API_VERSION}" in PAGE
