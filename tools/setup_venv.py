"""Build or repair .venv, saying in one sentence what is missing when it cannot.

`make setup` runs this on whatever Python it finds, so the file parses on interpreters far older than the one
it asks for, and uses the standard library alone. Exit status: 0 ready, 2 refused or failed with a sentence.

Two files inside the environment make an interrupted set-up repair itself: BUILDING exists while pip writes, and
STAMP is written last. An environment with BUILDING in it was cut off half way, perhaps inside a package, so it
is built again; what was downloaded is in pip's own cache by then.
"""

from __future__ import print_function

import argparse
import os
import re
import shutil
import subprocess
import sys

STAMP = ".ready"
BUILDING = ".building"
LOG = "setup.log"
LOWEST, BEYOND = (3, 11), (3, 13)
FRESH_GB = 4.0  # 2 with a CPU-only torch, as much again while wheels are unpacked and cached
UPDATE_GB = 0.5
LARGEST_SCRIPT = 1000000
CUDA = "; with the CUDA libraries that torch brings along on Linux it is about 12, and TORCH_INDEX leaves them out"
HINTS = (  # what pip says, in the order in which it decides, and the sentence that it becomes
    (r"No space left on device|Errno 28\b|Disk quota exceeded|Errno 122\b|not enough space on the disk",
     "The disk filled up while packages were being installed: free some space (about {need:g} GB in all{cuda}; TMPDIR "
     "and PIP_CACHE_DIR may point at another disk), then repeat the command."),
    (r"Read-only file system|Permission denied|Errno 13\b|Errno 30\b",
     "A folder cannot be written while packages are being installed ({detail}): make it writable, then repeat "
     "the command."),
    (r"CERTIFICATE_VERIFY_FAILED|SSLError",
     "The package index could not be trusted (a TLS certificate was refused): check the clock and any proxy "
     "between here and the network, then repeat the command."),
    (r"NewConnectionError|NameResolutionError|name resolution|ConnectTimeout|ReadTimeout|ProxyError"
     r"|Network is unreachable|Max retries exceeded|Connection refused|ConnectionResetError|Read timed out",
     "The packages could not be downloaded because the network or the package index did not answer: connect "
     "(or set the usual pip proxy settings), then repeat the command."),
    (r"No matching distribution found for ([^\s(]+)",
     "There is no build of {detail} for this Python and platform: README.md lists the platforms that the "
     "packages support."),
)


class SetupError(Exception):
    """What stopped the set-up, as one sentence that says what to do next."""


def python_problem(version, executable):
    """The sentence for a Python outside the supported range, or for a system without POSIX, else None."""
    if os.name != "posix":
        return "The set-up runs on Linux, on macOS and inside WSL: on Windows, repeat the command in WSL."
    if LOWEST <= tuple(version[:2]) < BEYOND:
        return None
    found = ".".join(str(part) for part in version[:3])
    return (
        "Veilbench needs Python 3.11 or 3.12, and {} is Python {}: install 3.11, or name one with "
        "`make setup PYTHON=/path/to/python3.11`.".format(executable, found)
    )


def module_problem(version):
    """The sentence for a Python without venv or ensurepip (Debian splits them off), else None."""
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError as missing:
        return (
            "This Python cannot build environments ({}): on Debian or Ubuntu `sudo apt install python{}.{}-venv`, "
            "then repeat the command.".format(missing, version[0], version[1])
        )
    return None


def space_problem(folder, need):
    """The sentence for a disk with less than `need` GB free where `folder` is, else None."""
    free = shutil.disk_usage(folder).free / 1e9
    if free >= need:
        return None
    return (
        "The disk of {} has {:.1f} GB free and the set-up needs about {:g} GB: free some space, then repeat the "
        "command.".format(folder, free, need)
    )


def pip_problem(output, need):
    """The sentence for a failed pip, read from its output; its own last error line where no hint fits."""
    for pattern, sentence in HINTS:
        found = next((match for match in (re.search(pattern, line) for line in output) if match), None)
        if found:
            detail = found.group(1) if found.groups() else found.string.strip()
            return sentence.format(need=need, detail=detail, cuda=CUDA if need >= FRESH_GB else "")
    errors = [line for line in output if line.startswith("ERROR")] or output[-1:] or ["it said nothing"]
    text = "pip could not install the packages ({}): see {} in the environment's folder and repeat the command."
    return text.format(errors[0], LOG)


def progress(line):
    """What to show of one line of pip's output: large downloads and the two long steps, else None."""
    large = re.match(r"\s*Downloading (\S+?)-(\d[^-]*)-\S+ \((\d+(?:\.\d+)?) (MB|GB)\)", line)
    if large and (large.group(4) == "GB" or float(large.group(3)) >= 5):
        return "  downloading {} {} ({} {})".format(*large.groups())
    if line.startswith("Installing collected packages"):
        count = line.count(",") + 1
        return "  installing {} packages (about a minute, in silence)".format(count) if count > 1 else None
    return None


def run_pip(python, arguments, root, log, need, lock):
    """Run pip, showing little and logging all; raises SetupError with the reason in one sentence.

    `lock` is handed down: if this script is killed, a pip that lives on still keeps other set-ups waiting.
    """
    command = [python, "-m", "pip", "--disable-pip-version-check", "--no-input", "install", "--progress-bar", "off"]
    child = subprocess.Popen(
        command + arguments,
        cwd=root,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
        errors="replace",
        pass_fds=() if lock is None else (lock,),
    )
    output = []
    for line in child.stdout:
        output.append(line.rstrip())
        log.write(line)
        shown = progress(line)
        if shown:
            print(shown, flush=True)
    if child.wait() < 0:
        raise SetupError(
            "pip was stopped by signal {} (out of memory?): repeat the command, the set-up starts over from the "
            "downloads it has.".format(-child.returncode)
        )
    if child.returncode:
        raise SetupError(pip_problem(output, need))


def python_of(venv):
    return os.path.join(venv, "bin", "python")


def works(venv):
    """Whether `venv` holds a whole environment of a supported Python: not cut off, interpreter and pip alive."""
    if os.path.exists(os.path.join(venv, BUILDING)):
        return False
    probe = "import sys, pip; sys.exit(not {} <= sys.version_info[:2] < {})".format(LOWEST, BEYOND)
    try:
        return not subprocess.call([python_of(venv), "-c", probe], stderr=subprocess.DEVNULL)
    except OSError:
        return False


def former_home(venv):
    """The folder that the scripts of a copied or moved environment still name as their own, else None."""
    try:
        with open(os.path.join(venv, "bin", "activate")) as text:
            found = re.search(r"^\s*VIRTUAL_ENV=[\"']?(/[^\"'\n]+)", text.read(), re.MULTILINE)
    except (OSError, UnicodeDecodeError):
        return None
    if found is None or os.path.realpath(found.group(1)) == os.path.realpath(venv):
        return None
    return found.group(1)


def rehome(venv):
    """Make the scripts of a copied environment those of this folder: else they would run, and change, the other."""
    old = former_home(venv)
    if old is None:
        return
    scripts = [os.path.join(venv, "bin", name) for name in os.listdir(os.path.join(venv, "bin"))]
    for path in scripts + [os.path.join(venv, "pyvenv.cfg")]:
        if os.path.islink(path) or not os.path.isfile(path) or os.path.getsize(path) > LARGEST_SCRIPT:
            continue
        with open(path, "rb") as script:
            text = script.read()
        moved = re.sub(re.escape(os.fsencode(old)) + rb"(?![\w.-])", lambda _: os.fsencode(venv), text)
        if moved != text:
            with open(path, "wb") as script:
                script.write(moved)


def take_lock(root):
    """Hold the tree for one set-up at a time; a descriptor to hand down, or None where locks are unknown."""
    import fcntl

    lock = os.open(root, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print("Another set-up is under way here; waiting for it.", flush=True)
        fcntl.flock(lock, fcntl.LOCK_EX)
    except OSError:  # a file system without locks
        os.close(lock)
        return None
    return lock


def is_ready(root, venv, sources):
    """Whether the stamp is newer than every source and was written for this folder."""
    stamp = os.path.join(venv, STAMP)
    try:
        with open(stamp) as text:
            here = text.read().strip() == root
        written = os.path.getmtime(stamp)
    except OSError:
        return False
    present = [path for path in (os.path.join(root, name) for name in sources) if os.path.exists(path)]
    here = here and former_home(venv) is None
    return here and os.path.exists(python_of(venv)) and all(os.path.getmtime(path) <= written for path in present)


def build(root, venv, options, lock):
    """Create the environment where none works, install into it, and stamp it last."""
    fresh = not works(venv)
    need = options.need_gb or (FRESH_GB if fresh else UPDATE_GB)
    if fresh and os.path.lexists(venv):
        print("The environment in {} is incomplete: building it again.".format(os.path.basename(venv)), flush=True)
        shutil.rmtree(venv) if os.path.isdir(venv) and not os.path.islink(venv) else os.unlink(venv)
    problem = space_problem(root, need)
    if problem:
        raise SetupError(problem)
    what = "it" if fresh else "the update"
    print("Setting up {} ({} needs about {:g} GB free).".format(os.path.basename(venv), what, need), flush=True)
    os.makedirs(venv, exist_ok=True)
    open(os.path.join(venv, BUILDING), "w").close()
    if os.path.exists(os.path.join(venv, STAMP)):
        os.unlink(os.path.join(venv, STAMP))
    if fresh:
        made = subprocess.run(
            [sys.executable, "-m", "venv", venv],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            universal_newlines=True,
        )
        if made.returncode:
            raise SetupError(pip_problem(made.stdout.splitlines(), need))
    index = ["--extra-index-url", options.torch_index] if options.torch_index else []
    wanted = index + ["-r", options.requirements]
    rehome(venv)
    with open(os.path.join(venv, LOG), "w") as log:
        run_pip(python_of(venv), wanted, root, log, need, lock)
        if options.project:
            editable = ["--no-deps", "--no-build-isolation", "--editable", "."]
            run_pip(python_of(venv), editable, root, log, need, lock)
            # Left behind in the tree it would be found as a second, stale copy of the package's metadata.
            shutil.rmtree(os.path.join(root, "veilbench.egg-info"), ignore_errors=True)
    os.unlink(os.path.join(venv, BUILDING))
    with open(os.path.join(venv, STAMP), "w") as stamp:
        stamp.write(root + "\n")
    print("The environment is ready.", flush=True)


def main(arguments=None):
    here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    parser = argparse.ArgumentParser(description="Build or repair .venv for Veilbench.")
    parser.add_argument("--root", default=here, help="the tree to set up (default: the one this file is in)")
    parser.add_argument("--venv", default=".venv", help="the folder of the environment, inside the root")
    parser.add_argument("--requirements", default="requirements-dev.txt", help="what to install, inside the root")
    parser.add_argument("--torch-index", default="", metavar="URL", help="a further index, for a CPU-only torch")
    parser.add_argument("--need-gb", type=float, default=0.0, help="free disk to ask for, in GB (default: 4, 0.5)")
    parser.add_argument("--no-project", dest="project", action="store_false", help="leave the tree itself out")
    options = parser.parse_args(arguments)
    root = os.path.realpath(options.root)
    venv = os.path.join(root, options.venv)
    shared = ("requirements.txt", "constraints.txt", "pyproject.toml") if options.project else ()
    sources = (options.requirements,) + shared
    try:
        problem = python_problem(sys.version_info, sys.executable) or module_problem(sys.version_info)
        if problem:
            raise SetupError(problem)
        lock = take_lock(root)
        if not is_ready(root, venv, sources):
            build(root, venv, options, lock)
    except SetupError as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        print(os_problem(error), file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Stopped: repeat the command, the set-up starts over from the downloads it has.", file=sys.stderr)
        return 2
    return 0


def os_problem(error):
    """The sentence for a file operation of ours that the system refused."""
    return pip_problem([str(error)], FRESH_GB).replace("pip could not install the packages", "The set-up failed")


if __name__ == "__main__":
    sys.exit(main())
