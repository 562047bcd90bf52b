"""The state of this installation in lines for a person: versions, devices, memory, daemon, engines, last errors.

Asks every part without changing anything, and starts nothing but short questions to tools of the system.
Pictures, titles, prompts and tokens stay out.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from .errors import BridgeError
from .installation import version_found
from .logs import LOG, read_lines
from .processes import NO_WINDOW
from .wire.files import replace_file

__all__ = ["examine", "hosts_asked", "write_zip"]

_PACKAGES = ("numpy", "onnxruntime", "MNN", "websockets", "psd-tools", "opencv-python-headless", "pyqt6", "torch")


def examine(folder: Path) -> list[str]:
    """One finding a line."""
    return [
        *_machine(folder),
        *_packages(),
        *_engines(),
        *_weights(),
        *_daemon(folder),
        *_plugins(folder),
        *_errors(folder),
    ]


def _machine(folder: Path) -> Iterator[str]:
    yield f"diffdecompose {version_found()}, Python {platform.python_version()}, {platform.platform()}"
    yield f"processors {os.cpu_count()}, memory {_memory()}"
    place = folder if folder.exists() else folder.parent
    if place.exists():
        yield f"disk {shutil.disk_usage(place).free / 1e9:.1f} GB free where jobs are kept"
    yield f"GPU {_gpu()}"


def _memory() -> str:
    """Free and all of it, where the system tells."""
    import psutil

    try:
        memory = psutil.virtual_memory()
    except OSError:  # a bare chroot has no /proc
        return "not known"
    return f"{memory.available / 1e9:.1f} of {memory.total / 1e9:.1f} GB free"


def _gpu() -> str:
    if sys.platform == "darwin":
        return _metal()
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return "none found (no nvidia-smi)"
    query = [tool, "--query-gpu=name,memory.free,memory.total,driver_version", "--format=csv,noheader"]
    try:
        said = subprocess.run(query, capture_output=True, text=True, timeout=10, check=False, creationflags=NO_WINDOW)
    except (OSError, subprocess.TimeoutExpired) as problem:
        return f"not known ({problem})"
    return "; ".join(said.stdout.split("\n")).strip("; ") or f"not known ({said.stderr.strip()[:100]})"


_ASK_TORCH = "import torch; print(torch.backends.mps.is_available())"
"""Source: "MPS backend", https://docs.pytorch.org/docs/stable/notes/mps.html."""


def _metal() -> str:
    """What a Mac offers: torch is asked in a process of its own; without torch the processor tells."""
    if find_spec("torch") is None:
        apple = platform.machine() == "arm64"
        return "Apple, by Metal (MPS); torch is not installed" if apple else "none that torch could use"
    try:
        said = subprocess.run(
            [sys.executable, "-P", "-c", _ASK_TORCH],
            capture_output=True,
            text=True,
            timeout=60,
            creationflags=NO_WINDOW,
        )
    except (OSError, subprocess.TimeoutExpired) as problem:
        return f"not known ({problem})"
    return "Apple, by Metal (MPS)" if said.stdout.strip() == "True" else "torch finds no Metal (MPS)"


def _packages() -> Iterator[str]:
    found = []
    for name in _PACKAGES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            found.append(f"{name} -")
    yield ", ".join(found)


def _engines() -> Iterator[str]:
    from model.engines import available

    for state in available():
        yield f"engine {state.name}: {'ready' if state.ready else state.reason}"


def _weights() -> Iterator[str]:
    """What `diffdecompose models` has fetched, or begun to; the embedded engine's weights are in the package."""
    from model.weights.places import models_folder
    from model.weights.store import states

    models = models_folder()
    kept = [state for state in states(models) if state.installed or state.fetched]
    for state in kept:
        waiting = "" if state.installed else f", of a download that 'diffdecompose models pull {state.name}' ends"
        yield f"weights {state.name}: {(state.size if state.installed else state.fetched) / 1e9:.2f} GB{waiting}"
    if not kept:
        yield f"weights: none fetched into {models}"


def _daemon(folder: Path) -> Iterator[str]:
    from .wire import Client, WireError
    from .wire.discovery import read_install, read_runtime

    install = read_install(folder)
    yield f"installed as {install.python} ({install.version})" if install else "no install record: run 'serve' once"
    runtime = read_runtime(folder)
    if runtime is None:
        yield "daemon: none runs"
        return
    try:
        with Client.connect("doctor", folder=folder, autostart=False, timeout=2.0) as client:
            jobs = client.jobs()
            yield f"daemon: pid {client.welcome.pid}, version {client.welcome.version}, {len(jobs)} jobs kept"
            yield from (f"notice: {notice}" for notice in client.welcome.notices)
    except WireError as problem:
        yield f"daemon: pid {runtime.pid} does not answer ({problem})"


def _plugins(folder: Path) -> Iterator[str]:
    """Every Krita and GIMP found here, and whether `plugins install` put the plugin there."""
    from .hosts.places import this_machine
    from .hosts.placing import find_places
    from .hosts.record import read_record

    try:
        versions = {placed.folder: placed.version for placed in read_record(folder).placed}
    except BridgeError as problem:
        yield f"plugins: {problem}"
        return
    places = find_places(this_machine())
    for place in places:
        version = versions.get(str(place.folder), "none: run 'diffdecompose plugins install'")
        yield f"{place.host} ({place.packaging}), plugin {version}"
    if not places:
        yield "neither Krita nor GIMP found"


def hosts_asked(folder: Path) -> Iterator[str]:
    """Of each host that has the plugin, what it says itself; started without a window, which takes some seconds."""
    from .hosts.asking import seen_by
    from .hosts.places import this_machine
    from .hosts.placing import find_places
    from .hosts.record import read_record

    try:
        placed = {one.folder for one in read_record(folder).placed}
    except BridgeError:
        return  # `examine` said so
    for place in find_places(this_machine()):
        if str(place.folder) in placed:
            yield f"{place.host} ({place.packaging}) {seen_by(place, this_machine())}"


def _errors(folder: Path) -> Iterator[str]:
    lines = [line for line in read_lines(folder) if " ERROR " in line or " WARNING " in line]
    yield f"last errors: {'' if lines else 'none'}"
    yield from (f"  {line}" for line in lines[-5:])


def write_zip(target: Path, folder: Path, findings: list[str]) -> None:
    """The findings and the logs. The runtime file, which holds the token, and the jobs are left out. Raises OSError."""
    draft = target.with_name(target.name + ".part")
    try:
        with zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("doctor.txt", "\n".join(findings) + "\n")
            for log in sorted([*folder.glob(f"{LOG}*"), *folder.glob("daemon.out")]):
                archive.write(log, log.name)
        replace_file(draft, target)
    finally:
        draft.unlink(missing_ok=True)
