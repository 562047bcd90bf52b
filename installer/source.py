"""What is installed: this checkout, or the wheels of an offline bundle. Says its version and tells two builds apart."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from .errors import InstallFailed

__all__ = ["ROOT", "Source", "checkout_version", "find_source"]

ROOT = Path(__file__).resolve().parent.parent
DISTRIBUTION = "diffdecompose-bridge"
_ROOMS = ("bridge", "model", "ui", "plugins")


@dataclass(frozen=True)
class Source:
    """wheels: the folder to install from without a network; None for a checkout.

    code: a checkout or a wheel, for PYTHONPATH: what of the program runs on a bare interpreter.
    constraints: the pinned versions.   digest: hexadecimal; other contents, other digest.
    """

    version: str
    wheels: Path | None
    code: Path
    constraints: Path
    digest: str

    @property
    def pip(self) -> Path | None:
        """pip as a wheel, which runs as it is: some systems take it, and what makes it, out of their Python."""
        return max(self.wheels.glob("pip-*.whl"), default=None) if self.wheels else None


def find_source(offline: Path | None) -> Source:
    """The source to install from. offline: a bundle; by default the one this installer lies in, or the checkout.

    Raises InstallFailed.
    """
    if offline is None and (ROOT / "wheels").is_dir():
        offline = ROOT
    if offline is None:
        return Source(checkout_version(), None, ROOT, ROOT / "constraints.txt", _digest_of_checkout())
    wheels = offline.absolute() / "wheels"
    ours = sorted(wheels.glob("diffdecompose_bridge-*.whl"))
    constraints = wheels.parent / "constraints.txt"
    if not ours or not constraints.is_file():
        raise InstallFailed(f"{offline} is no offline bundle: name the folder that 'installer bundle' made, unpacked")
    wheel = ours[-1]
    digest = hashlib.sha256(wheel.read_bytes() + constraints.read_bytes()).hexdigest()
    return Source(wheel.name.split("-")[1], wheels, wheel, constraints, digest)


def checkout_version() -> str:
    """The version, from the one place where it stands. Raises InstallFailed."""
    try:
        text = (ROOT / "bridge/wire/messages.py").read_text(encoding="utf-8")
    except OSError:
        text = ""
    match = re.search(r'^VERSION = "([^"]+)"', text, re.MULTILINE)
    if match is None:
        raise InstallFailed(f"{ROOT} is neither a checkout nor a bundle: unpack the download again, all of it")
    return match[1]


def _digest_of_checkout() -> str:
    digest = hashlib.sha256()
    files = [path for room in _ROOMS for path in sorted((ROOT / room).rglob("*")) if path.is_file()]
    for path in [ROOT / "pyproject.toml", ROOT / "constraints.txt", *files]:
        if "__pycache__" not in path.parts:
            digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()
