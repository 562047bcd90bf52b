"""The program's own environment: made when missing, brought up to date when the project's needs change.

Knows pip and venv; knows nothing of what the program does. Two levels: `light` runs the program with the
embedded engine, `whole` adds torch, the interface and all that the tests need.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

from .errors import EnvironmentFailed

__all__ = ["ROOT", "ensure_environment", "interpreter"]

ROOT = Path(__file__).resolve().parent.parent
LEVELS = ("light", "whole")
EXTRAS = {"light": "", "whole": "[flux,ui,cluster,stores,heif,svg,train,torchao,bitsandbytes,gguf,dev]"}
NEEDED_BYTES = {"light": 1 << 30, "whole": 4 << 30}


def interpreter(folder: Path) -> Path:
    """The Python of the environment in `folder`."""
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def ensure_environment(level: str, folder: Path | None = None) -> Path:
    """Make or complete the environment; returns its interpreter.

    level: "light" or "whole"; a whole environment serves light needs too.
    folder: where, `.venv` of the checkout by default.
    Raises EnvironmentFailed.
    """
    folder = folder or ROOT / ".venv"
    if _is_current(folder, level):
        return interpreter(folder)
    _check_machine(folder, level)
    _stamp_file(folder).unlink(missing_ok=True)
    if not _runs(interpreter(folder)):
        print(f"making an environment in {folder}", file=sys.stderr, flush=True)
        venv.EnvBuilder(with_pip=True, clear=folder.exists(), symlinks=os.name != "nt").create(folder)
    _install(interpreter(folder), level)
    _stamp_file(folder).write_text(_stamp(level), encoding="utf-8")
    return interpreter(folder)


def _install(python: Path, level: str) -> None:
    if level == "whole" and not _has_torch(python):
        # First and by its exact version: a range would take the newest build, gigabytes of CUDA libraries with it.
        _pip(python, "torch==" + _pinned("torch"))
    _pip(python, "--editable", str(ROOT) + EXTRAS[level])


def _pip(python: Path, *what: str) -> None:
    print("installing " + " ".join(what), file=sys.stderr, flush=True)
    command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--retries", "5"]
    done = subprocess.run([*command, "--constraint", str(_constraints(python)), *what], cwd=ROOT)
    if done.returncode:
        raise EnvironmentFailed(
            "the environment is not complete: look at pip's lines above (network? proxy? disk?), then run this again"
        )


def _constraints(python: Path) -> Path:
    """The pinned versions, without torch where a suitable one is already there."""
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    if _has_torch(python):
        lines = [line for line in lines if not line.startswith("torch==")]
    trimmed = python.parent.parent / "constraints.txt"
    trimmed.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return trimmed


def _has_torch(python: Path) -> bool:
    code = "from importlib.metadata import version; assert tuple(map(int, version('torch').split('.')[:2])) >= (2, 11)"
    return subprocess.run([str(python), "-c", code], stderr=subprocess.DEVNULL).returncode == 0


def _pinned(name: str) -> str:
    for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith(name + "=="):
            return line.partition("==")[2].strip()
    raise EnvironmentFailed(f"constraints.txt pins no {name}: restore the file from the repository")


def _check_machine(folder: Path, level: str) -> None:
    if not (3, 11) <= sys.version_info[:2] <= (3, 13):
        raise EnvironmentFailed(
            f"this is Python {sys.version_info[0]}.{sys.version_info[1]}, the program needs 3.11 to 3.13: "
            "start this command with one of those, for example python3.12 -m installer"
        )
    free = shutil.disk_usage(folder.parent).free
    if free < NEEDED_BYTES[level]:
        raise EnvironmentFailed(
            f"{free >> 20} MB are free in {folder.parent}, {NEEDED_BYTES[level] >> 20} MB are needed: make room first"
        )


def _runs(python: Path) -> bool:
    if not python.exists():
        return False
    return subprocess.run([str(python), "-m", "pip", "--version"], capture_output=True).returncode == 0


def _stamp_file(folder: Path) -> Path:
    return folder / "diffdecompose-environment"


def _stamp(level: str) -> str:
    """What the environment was made from; another text means that it has to be brought up to date."""
    digest = hashlib.sha256()
    for name in ("pyproject.toml", "constraints.txt"):
        digest.update((ROOT / name).read_bytes())
    return f"{level} {digest.hexdigest()} {ROOT}\n"


def _is_current(folder: Path, level: str) -> bool:
    if not _stamp_file(folder).exists() or not interpreter(folder).exists():
        return False
    have = _stamp_file(folder).read_text(encoding="utf-8")
    return any(have == _stamp(enough) for enough in LEVELS[LEVELS.index(level) :])
