"""The registry: plugins as entry points and files, broken ones included."""

import textwrap

import pytest

from privacy.errors import MissingModuleError, ParamError, PluginError, UnknownNameError
from privacy.plugin import BackendSpec
from privacy.registry import discover, load_log

SPEC = "BackendSpec(id={id!r}, title='Mine', summary='A test.', implements={{'scoring': {ref!r}}}{more})"
REFERENCE = "backends.plain.mechanism:PlainScoring"


def spec(id_="mine", ref=REFERENCE, more=""):
    return SPEC.format(id=id_, ref=ref, more=more)


def plugin(body):
    return "from privacy.plugin import *\n@hookimpl\ndef register_backends():\n" + textwrap.indent(body, "    ")


@pytest.fixture
def found(tmp_path):
    """Writes plugin files and discovers them: `found(name=source, ...)`."""

    def write(**sources):
        for name, source in sources.items():
            (tmp_path / f"{name}.py").write_text(source)
        return discover(plugins=tmp_path)

    return write


@pytest.fixture(autouse=True)
def state(tmp_path_factory, monkeypatch):
    folder = tmp_path_factory.mktemp("state")
    monkeypatch.setenv("VEILBENCH_HOME", str(folder))
    return folder


def row(registry, id_):
    (entry,) = [e for e in registry.entries if e.id == id_]
    return entry


def test_built_ins_come_by_the_same_door_and_first(found):
    registry = found(mine=plugin(f"return [{spec(more=', rank=-5')}]"))
    ids = [e.id for e in registry.entries]
    assert {"plain", "local"} < set(ids)
    assert ids[-1] == "mine"
    assert all(e.available and e.builtin for e in registry.entries if e.id in ("plain", "local"))
    assert row(registry, "mine").available
    assert not row(registry, "mine").builtin
    assert row(registry, "mine").as_dict()["primitives"] == ["scoring"]


BROKEN = {
    "raises": ("raise RuntimeError('out of order')", "RuntimeError: out of order"),
    "exits": ("raise SystemExit(3)", "SystemExit: 3"),
    "imports": ("import no_such_module", "No module named 'no_such_module'"),
    "syntax": ("def", "SyntaxError"),
    "empty": ("", "registers nothing"),
    "hook_raises": (plugin("return 1 / 0"), "ZeroDivisionError"),
    "hook_exits": (plugin("raise SystemExit"), "SystemExit"),
    "none": (plugin("return None"), "register_backends returned NoneType"),
    "one": (plugin(f"return {spec()}"), "register_backends returned BackendSpec"),
    "text": (plugin("return ['mine']"), "register_backends returned a list with a str in it"),
    "bad_id": (plugin(f"return [{spec('My Backend')}]"), "is not made of a-z"),
    "bad_reference": (plugin(f"return [{spec(ref='mechanism.Mine')}]"), "gives 'mechanism.Mine'"),
    "bad_primitive": (plugin(f"return [{spec().replace('scoring', 'magic')}]"), "unknown primitive 'magic'"),
    "nothing": (
        plugin("return [BackendSpec(id='mine', title='', summary='', implements={})]"), "implements nothing",
    ),
    "argument": (plugin("return []").replace("backends()", "backends(config)"), "config"),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_plugin_is_a_row_with_its_reason_and_the_others_work(found, name):
    source, reason = BROKEN[name]
    registry = found(**{name: source, "mine": plugin(f"return [{spec('zebra')}]")})
    broken = row(registry, name)
    assert not broken.available
    assert reason in broken.reason
    assert broken.remedy
    assert "Traceback" in load_log(broken.log_id)
    assert f"{name}.py" in load_log(broken.log_id)
    assert "\n" not in broken.reason
    assert broken.source.endswith(f"{name}.py")
    assert "zebra" in registry.stacks()
    assert registry.stack("plain").carrier.id == "plain"
    with pytest.raises(PluginError, match="cannot be used"):
        registry.spec(name)


def test_a_keyboard_interrupt_is_the_persons_own(found):
    with pytest.raises(KeyboardInterrupt):
        found(mine="raise KeyboardInterrupt")


def test_an_id_is_registered_once(found):
    registry = found(a=plugin(f"return [{spec('plain')}]"), b=plugin(f"return [{spec()}, {spec()}]"))
    refused = [e for e in registry.entries if e.spec is None]
    assert [e.id for e in refused] == ["plain", "mine"]
    assert all("already registered" in e.reason for e in refused)
    assert registry.spec("plain").title == "Plain"
    assert registry.stacks().count("mine") == 1


def test_a_missing_module_is_a_reason_with_a_hint(found):
    more = ", modules=('numpy', 'no_such_module.part'), install_hint='pip install no-such'"
    registry = found(mine=plugin(f"return [{spec(more=more)}]"))
    entry = row(registry, "mine")
    assert not entry.available
    assert entry.reason == "needs the module no_such_module.part"
    assert entry.as_dict()["install_hint"] == "pip install no-such"
    assert "mine" not in registry.stacks()
    with pytest.raises(MissingModuleError, match=r"no_such_module\.part; pip install no-such"):
        registry.stack("mine")


def test_another_api_version_is_refused(found):
    registry = found(mine=plugin(f"return [{spec(more=', api_version=99')}]"))
    assert "plugin API 99" in row(registry, "mine").reason
    with pytest.raises(PluginError, match="plugin API 99"):
        registry.stack("mine")


@pytest.mark.parametrize("name", ["plian", "plain+", "", "dp+plian"])
def test_an_unknown_stack_names_the_nearest(found, name):
    with pytest.raises(UnknownNameError, match="no stack named") as caught:
        found().stack(name)
    assert "plain" in str(caught.value)


def test_stacks_that_do_not_stack_are_refused(found):
    registry = found(noise=plugin(f"return [{spec('noise', more=', kind=' + repr('randomiser'))}]"))
    with pytest.raises(ParamError, match="one carrier under at most one randomiser"):
        registry.stack("plain+local")
    with pytest.raises(ParamError, match="sends nothing"):
        registry.stack("noise+local")


def test_an_unknown_parameter_of_a_stack_is_refused(found):
    with pytest.raises(ParamError, match=r"(?i)plain has no parameters"):
        found().stack("plain", {"epsilon": 1})


@pytest.mark.parametrize(
    ("reference", "says"),
    [
        ("no_such_module:Mine", "No module named"),
        ("backends.plain.mechanism:Nobody", "Nobody"),
        ("builtins:dict", "is not a Mechanism|TypeError"),
        ("veilbench_plugin_mine:exit", "SystemExit"),
    ],
)
def test_a_mechanism_that_cannot_be_loaded_says_which(found, reference, says):
    source = plugin(f"return [{spec(ref=reference)}]") + "\ndef exit(params): raise SystemExit\n"
    registry = found(mine=source)
    with pytest.raises(PluginError, match=says):
        registry.mechanism(registry.spec("mine"), "scoring", None)


def test_a_primitive_that_a_backend_lacks_is_named(found):
    registry = found(mine=plugin(f"return [{spec()}]"))
    with pytest.raises(ParamError, match=r"(?i)mine has no lookup; it has scoring"):
        registry.mechanism(registry.spec("mine"), "lookup", None)


def test_plugins_are_read_from_the_state_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path))
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins" / "mine.py").write_text(plugin(f"return [{spec()}]"))
    assert row(discover(), "mine").available
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path / "plugins" / "mine.py"))  # a file: no state, no crash
    assert "plain" in discover().stacks()


def test_a_spec_is_checked_where_it_is_written():
    with pytest.raises(PluginError, match="implements nothing"):
        BackendSpec(id="mine", title="", summary="", implements={})
