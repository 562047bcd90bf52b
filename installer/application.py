"""The application in an environment of its own. Knows venv and pip, whose proxies and mirrors it leaves alone."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from .environment import interpreter
from .errors import InstallFailed
from .lock import inherited
from .manifest import Journal, remove
from .source import DISTRIBUTION, ROOT, Source

__all__ = ["child_environment", "make", "program"]

_DROPPED = ("PYTHON", "PIP_USER", "PIP_TARGET", "PIP_PREFIX", "__PYVENV")


def program(app: Path, name: str) -> Path:
    """The executable `name` that pip made in the environment `app`."""
    return app / (f"Scripts/{name}.exe" if os.name == "nt" else f"bin/{name}")


def child_environment(**more: str) -> dict[str, str]:
    """For Pythons that are started: without what a virtual environment, a paint program or an IDE set for its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_DROPPED)}
    return {**kept, "PYTHONUTF8": "1", **more}


def make(journal: Journal, python: Path, source: Source, extras: Sequence[str], app: Path) -> None:
    """Make the environment `app` and install into it, anew where a killed call left one. Raises InstallFailed."""
    journal.note("tree", app)
    # A half installed package looks complete to pip, so nothing of an interrupted environment is trusted.
    remove("tree", app)
    bare = ["--without-pip"] if source.pip else []
    _run(
        [str(python), "-m", "venv", *bare, str(app)], "no environment could be made: install your system's python3-venv"
    )
    wanted = f"[{','.join(extras)}]" if extras else ""
    if source.wheels:
        where = ["--no-index", "--find-links", str(source.wheels)]
        what = f"{DISTRIBUTION}{wanted}=={source.version}"
    else:
        where, what = [], f"{ROOT}{wanted}"
    run_pip = [str(source.pip / "pip")] if source.pip else ["-m", "pip"]
    pip = [str(interpreter(app)), *run_pip, "install", "--disable-pip-version-check", "--retries", "5"]
    # A cache of our own: after a kill nothing is fetched twice, and nothing of it stays in the user's.
    cache = journal.folder / "downloads"
    journal.note("tree", cache)
    # What is used is compiled when it is first used: most of the libraries' files never are.
    pip += ["--no-compile", "--quiet", "--cache-dir", str(cache), "--constraint", str(source.constraints), *where]
    advice = "the bundle is not complete: make it again for this system and Python" if where else _ADVICE
    if "flux" in extras:
        # First and by its exact version: a range would take the newest build, gigabytes of CUDA libraries with it.
        _run([*pip, "torch==" + _pinned(source.constraints, "torch")], advice)
    _run([*pip, what], advice)


_ADVICE = "look at pip's lines above (network? HTTPS_PROXY? disk?), then run this again"


def _run(command: list[str], advice: str) -> None:
    try:
        code = subprocess.run(
            command, env=child_environment(), cwd=ROOT, stdin=subprocess.DEVNULL, pass_fds=inherited()
        ).returncode
    except OSError as error:
        raise InstallFailed(f"{command[0]} cannot be started ({error.strerror}): {advice}") from None
    if code:
        raise InstallFailed(f"the application could not be installed: {advice}")


def _pinned(constraints: Path, name: str) -> str:
    for line in constraints.read_text(encoding="utf-8").splitlines():
        if line.startswith(name + "=="):
            return line.partition("==")[2].strip()
    raise InstallFailed(f"{constraints} pins no {name}: unpack the download again")
