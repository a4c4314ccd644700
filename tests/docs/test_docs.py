"""The documentation: its commands run as they stand, its links lead somewhere, and nothing is left out."""

import re
import socket
from pathlib import Path

import pytest

from privacy.cli import parser
from privacy.commands.settings import own_flags, own_paths
from privacy.registry import discover
from tests.support import ROOT
from tests.support.doc_commands import Block, blocks, reader

DOCS = ROOT / "docs"
PAGES = sorted(DOCS.glob("*.md"))
ELSEWHERE = {"write-a-backend.md": "tests/docs/test_write_a_backend.py", "api.md": "tests/docs/test_api.py"}
"""Pages whose commands another test runs: they need an environment of their own."""
NOT_RUN = {
    "make setup": "downloads the pinned packages",
    "make flower": "downloads Flower and torch",
    "make ray": "downloads Ray",
    ".venv-ray/bin/veilbench serve --role scoring --engine ray --shards 3": "needs Ray; tests/engines has it",
    "make flower-demo": "needs Flower; .ci/flower calls it",
    "veilbench run federated --engine flower --stack smpc --devices 3 --rounds 3": "needs Flower; test_engines has it",
    "python -m workloads.federated.flower up deployment": "needs Flower; a test of the soak does the same",
    "python -m workloads.federated.flower train deployment": "the same",
    "python -m workloads.federated.flower up deployment --host 192.168.1.5 --elsewhere 2 --elsewhere 3": "machines",
    "make run": "serves until it is stopped; test_browser.py opens what it serves",
}
"""Commands that no test can run, each with its reason."""
LINK = re.compile(r"(?<!!)\[[^\]]+\]\(([^)\s]+)\)")
IMAGE = re.compile(r"!\[[^\]]*\]\(([^)\s]+)\)")


def runnable(page: Path) -> list[Block]:
    return [b for b in blocks(page) if b.language == "sh" and not set(b.commands) <= set(NOT_RUN)]


def ports(page: Path) -> list[int]:
    """The ports that the page's own servers listen on."""
    texts = [b.text for b in blocks(page) if b.how == "background"]
    return [int(p) for text in texts for p in re.findall(r"--port (\d+)", text)]


@pytest.mark.soak("docs")
@pytest.mark.parametrize(
    "page", [p for p in PAGES if p.name not in ELSEWHERE and runnable(p)], ids=lambda page: page.name
)
def test_every_command_of_a_page_runs_as_it_stands(page: Path, tmp_path: Path) -> None:
    for port in ports(page):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                pytest.skip(f"port {port}, which the page uses, is in use on this machine")
    with reader(tmp_path) as shell:
        for block in runnable(page):
            shell.serve(block) if block.how == "background" else shell.run(block)


def test_no_block_of_commands_is_passed_over() -> None:
    for page in PAGES:
        for block in blocks(page):
            where = f"{page.name}:{block.line}"
            assert block.language in ("sh", "python", "toml", "json", "text", ""), f"{where}: {block.language}"
            assert block.how in ("", "background"), f"{where}: {block.how}"
            if block.language != "sh":
                wording = [line for line in block.commands if re.match(r"(veilbench|make|curl|pip) ", line)]
                assert not wording, f"{where} holds commands that nothing runs: {wording}"
        indented = [
            line for line in page.read_text().splitlines() if re.match(r"(    |\t)(veilbench|make|curl|pip) ", line)
        ]
        fenced = "".join(b.text for b in blocks(page))
        assert not [line for line in indented if line not in fenced], f"{page.name} has commands outside a block"
    for name, test in ELSEWHERE.items():
        assert not (DOCS / name).exists() or name in (ROOT / test).read_text(), f"{test} does not read {name}"


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as forges make them."""
    heads = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def links(page: Path) -> list[str]:
    text = page.read_text(encoding="utf-8")
    return [*LINK.findall(text), *IMAGE.findall(text)]


@pytest.mark.parametrize("page", [*PAGES, ROOT / "README.md", ROOT / "SECURITY.md"], ids=lambda page: page.name)
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    for link in links(page):
        path, _, anchor = link.partition("#")
        if re.match(r"https?:", path):
            continue
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{page.name}: {link}"
        assert not anchor or anchor in anchors(target), f"{page.name}: {link}"


def test_every_page_is_reached_from_the_index_and_the_readme_names_the_index() -> None:
    from_index = {(DOCS / link.partition("#")[0]).resolve() for link in links(DOCS / "index.md")}
    assert [p.name for p in PAGES if p.name != "index.md" and p.resolve() not in from_index] == []
    assert "docs/index.md" in links(ROOT / "README.md")


def test_every_subcommand_is_shown_on_some_page() -> None:
    action = next(a for a in parser()._actions if a.dest == "command")
    text = "".join(page.read_text() for page in [*PAGES, ROOT / "README.md"])
    assert [name for name in action.choices if f"veilbench {name}" not in text] == []


def test_the_readmes_commands_are_those_that_the_parser_knows() -> None:
    lines = re.findall(r"^    veilbench (.+?)(?:\s{2,}#.*)?$", (ROOT / "README.md").read_text(), re.MULTILINE)
    assert len(lines) > 8
    for line in lines:
        options, rest = parser().parse_known_args(line.split(" #")[0].split())
        if rest:
            spec = discover().workload(options.workload)
            own_flags(spec, own_paths(spec, rest)[0])


def test_the_deep_links_of_the_presenter_are_the_pages_that_there_are() -> None:
    router = (ROOT / "ui" / "main.py").read_text()
    own = [name for w in discover().workloads.values() for name in ([w.id] if w.page else map(str.lower, w.pages))]
    pages = {*re.findall(r'url_path="(\w+)"', router), *own}
    paths = re.findall(r"http://127\.0\.0\.1:8501/(\w+)", (DOCS / "presenter.md").read_text())
    assert len(paths) > 4
    assert [p for p in paths if p not in pages] == []


def test_pages_promise_nothing_that_nobody_can_keep() -> None:
    for page in PAGES:
        text = page.read_text().lower()
        wording = re.findall(r"\b(verified|bulletproof|unbreakable|military-grade|100% secure)\b", text)
        assert not wording, f"{page.name}: {wording}"
