"""Whether a host itself sees the plugin: GIMP and Krita are started without a window, where they can be, and asked.

GIMP lists its procedures to a script (gimp-console, "batch mode" in gimp(1)). Krita has no such mode: `kritarunner`,
which comes with it, imports the plugin into Krita's own Python, and kritarc says whether it is enabled. What runs in a
sandbox is not started.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path

from ..processes import NO_WINDOW
from . import kritarc
from .places import Machine, Place

__all__ = ["seen_by"]

_PATIENCE = 60.0
_SEEN, _UNSEEN = "diffdecompose-seen", "diffdecompose-unseen"
_SCRIPT = f'(gimp-message (if (defined? \'plug-in-decompose-layers) "{_SEEN}" "{_UNSEEN}"))'


def seen_by(place: Place, machine: Machine) -> str:
    """In words, after "the program": "sees the plugin", "does not see ...", "was not asked: ..."."""
    if not place.packaging.startswith("system"):
        return f"was not asked ({place.packaging}): look into its menu"
    try:
        return _gimp(machine) if place.host == "gimp" else _krita(place, machine)
    except subprocess.TimeoutExpired:
        return f"did not answer in {_PATIENCE:.0f} s: look into its menu"
    except OSError as problem:
        return f"could not be started ({problem.strerror}): look into its menu"


def _gimp(machine: Machine) -> str:
    program = next(machine.programs("gimp-console-3*", "gimp-console"), None)
    if program is None:
        return "was not asked: there is no gimp-console, look into its menu"
    words = ["-i", "-d", "-f", "--batch-interpreter=plug-in-script-fu-eval", "-b", _SCRIPT, "--quit"]
    said = _said([str(program), *words], machine, {})
    if _SEEN in said:
        return "sees the plugin"
    if _UNSEEN in said:
        return "does not see the plugin: run 'diffdecompose plugins install', start it again"
    return "said nothing of the plugin: look into its menu"


def _krita(place: Place, machine: Machine) -> str:
    assert place.config is not None
    try:
        enabled = kritarc.read(place.config.read_text("utf-8", "replace"), "enable_diffdecompose") == "true"
    except FileNotFoundError:
        enabled = False
    if not enabled:
        return "has it switched off: tick it in Settings > Configure Krita > Python Plugin Manager"
    program = next(machine.programs("kritarunner"), None)
    if program is None:
        return "has it enabled; it was not asked: there is no kritarunner"
    folder = place.folder / "pykrita"
    # A function that is not there: what is asked is whether the module before it can be imported.
    words = ["-s", "diffdecompose", "-f", "nothing"]
    with tempfile.TemporaryDirectory() as elsewhere:  # it unpacks all of Krita's resources
        homes = {f"XDG_{name}_HOME": elsewhere for name in ("DATA", "CONFIG", "CACHE")}
        more = {**homes, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1", "QT_QPA_PLATFORM": "offscreen"}
        said = _said([str(program), *words], machine, more)
    if "Could not import diffdecompose" in said:
        cause = next((line for line in said.splitlines() if "Error:" in line), "no reason was given")
        return f"cannot load it: {cause.partition(': ')[2].strip()}"
    return "has it enabled and can load it"


def _said(command: list[str], machine: Machine, more: dict[str, str]) -> str:
    """Both outputs of a program that is started for a moment, without what would bind it to a screen."""
    with tempfile.TemporaryDirectory() as runtime:
        Path(runtime).chmod(0o700)
        kept = {name: value for name, value in machine.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
        environment = {**kept, "XDG_RUNTIME_DIR": runtime, **more}
        environment.pop("PYTHONHOME", None)
        done = subprocess.run(
            command,
            env=environment,
            cwd=runtime,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=_PATIENCE,
            start_new_session=os.name == "posix",
            creationflags=NO_WINDOW,
        )
    return done.stdout.decode("utf-8", "replace")
