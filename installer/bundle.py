"""What a release consists of: the wheel, the Krita zip, the GIMP zip, and a folder that installs without a network."""

from __future__ import annotations

import shutil
import subprocess
import sysconfig
from pathlib import Path

from .application import child_environment
from .errors import InstallFailed
from .notices import notices
from .source import DISTRIBUTION, ROOT, checkout_version

__all__ = ["EXTRAS", "make"]

EXTRAS = "ui,heif"
"""What an offline installation can choose from; torch alone would be gigabytes."""
STARTERS = ("Install DiffDecompose.cmd", "Install DiffDecompose.command")
NOTICES = "THIRD-PARTY-NOTICES.txt"
_BESIDE = ("README.md", "CHANGELOG.md", "LICENSE", "constraints.txt")


def make(python: Path, out: Path) -> int:
    """Make all four in the folder `out`; returns 0. python: an interpreter that has the application.

    The bundle serves the system and the Python version it was made on. Raises InstallFailed.
    """
    version = checkout_version()
    try:
        out.mkdir(parents=True, exist_ok=True)
        wheel = _wheel(python, out)
        print(wheel)
        for host in ("krita", "gimp"):
            _run([str(python), "-P", "-m", "bridge", "plugins", "build", "--host", host, "--out", str(out)])
        print(_offline(python, wheel, out / f"diffdecompose-{version}-{_system(python)}"))
    except OSError as error:
        raise InstallFailed(f"{out} cannot be written ({error.strerror}): choose another --out") from None
    return 0


def _wheel(python: Path, out: Path) -> Path:
    draft = out / "wheel.part"
    shutil.rmtree(draft, ignore_errors=True)
    _run([*_pip(python), "wheel", "--quiet", "--no-deps", "--wheel-dir", str(draft), str(ROOT)])
    (made,) = draft.glob("*.whl")
    target = out / made.name
    made.replace(target)
    draft.rmdir()
    return target


def _offline(python: Path, wheel: Path, target: Path) -> Path:
    """The folder of wheels with the installer beside them; made beside its place and renamed when it is complete."""
    draft = target.with_name(target.name + ".part")
    shutil.rmtree(draft, ignore_errors=True)
    wheels = draft / "wheels"
    wheels.mkdir(parents=True)
    download = [*_pip(python), "download", "--quiet", "--only-binary", ":all:", "--dest", str(wheels)]
    ours = f"{DISTRIBUTION}[{EXTRAS}] @ {wheel.as_uri()}"
    _run([*download, "--constraint", str(ROOT / "constraints.txt"), "pip", ours])
    shutil.copy(wheel, wheels)
    shutil.copytree(ROOT / "installer", draft / "installer", ignore=shutil.ignore_patterns("__pycache__", "starters"))
    (draft / NOTICES).write_text(notices(sorted(wheels.glob("*.whl"))), encoding="utf-8")
    for name in _BESIDE:
        shutil.copy(ROOT / name, draft)
    for name in STARTERS:
        shutil.copy(ROOT / "installer" / "starters" / name, draft)
    shutil.rmtree(target, ignore_errors=True)
    draft.replace(target)
    return target


def _system(python: Path) -> str:
    """For the folder's name, for example linux-x86_64-py311."""
    code = "import sys; print('py%d%d' % sys.version_info[:2])"
    said = subprocess.run([str(python), "-c", code], capture_output=True, text=True, env=child_environment()).stdout
    return f"{sysconfig.get_platform()}-{said.strip()}"


def _pip(python: Path) -> list[str]:
    return [str(python), "-m", "pip", "--disable-pip-version-check"]


def _run(command: list[str]) -> None:
    if subprocess.run(command, cwd=ROOT, env=child_environment()).returncode:
        raise InstallFailed(f"{' '.join(command[3:5])} failed: look at the lines above, then run this again")
