"""Where every packaging of GIMP 3 looks for plug-ins: one folder a version, all of them are found.

Source: gimp-3.0(1), "the personal GIMP directory"; the version folder is 3.0, 3.2 and so on.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

from ..processes import NO_WINDOW
from .places import Machine, Place, matches

__all__ = ["find"]

_FLATPAK = "org.gimp.GIMP"
_NEWEST_KNOWN = "3.0"
"""The version folder where GIMP is there and does not say which it is."""
_FLATPAK_NOTE = (
    "a Flatpak may not start other programs: run 'diffdecompose serve' before the first use, or allow it once with "
    f"'flatpak override --user --talk-name=org.freedesktop.Flatpak {_FLATPAK}'"
)
_SNAP_NOTE = (
    "a Snap may not look into hidden folders: where the plugin does not find the service, use another packaging"
)
_NEVER_STARTED = (
    "this GIMP has no profile yet: the version folder is a guess, install the plugin again if it is missing"
)


def find(machine: Machine) -> list[Place]:
    """A place for every version of every packaging that is installed or was used before."""
    search = {"win32": _windows, "darwin": _mac}.get(machine.platform, _linux)
    found = list(search(machine))
    own = machine.environ.get("GIMP3_DIRECTORY", "")
    if own and Path(own).is_absolute():
        found.insert(0, Place("gimp", "GIMP3_DIRECTORY", Path(own) / "plug-ins"))
    return found


def _linux(machine: Machine) -> Iterator[Place]:
    home = machine.home
    profiles = machine.variable("XDG_CONFIG_HOME", home / ".config") / "GIMP"
    programs = list(machine.programs("gimp", "gimp-3*"))
    images = list(machine.app_images("gimp"))
    kinds = [name for name, there in (("system", programs), ("AppImage", images)) if there]
    asked = {_version(path, machine) for path in programs} | {_name_version(path) for path in images}
    yield from _versions(profiles, " and ".join(kinds) or "profile", asked)
    sandbox = home / ".var/app" / _FLATPAK / "config/GIMP"
    stores = (machine.root / "var/lib/flatpak/app", home / ".local/share/flatpak/app")
    is_there = any((store / _FLATPAK).is_dir() for store in stores)
    # Some builds of the Flatpak share ~/.config/GIMP, which is served above, others keep a profile of their own.
    yield from _versions(sandbox, "Flatpak", {_NEWEST_KNOWN} if is_there else set(), _FLATPAK_NOTE)
    snap = home / "snap/gimp/current"
    yield from _versions(snap / ".config/GIMP", "Snap", {_NEWEST_KNOWN} if snap.is_dir() else set(), _SNAP_NOTE)


def _windows(machine: Machine) -> Iterator[Place]:
    roaming = machine.variable("APPDATA", machine.home / "AppData/Roaming")
    local = machine.variable("LOCALAPPDATA", machine.home / "AppData/Local")
    folders = [
        machine.root / value for name in ("ProgramFiles", "ProgramW6432") if (value := machine.environ.get(name))
    ]
    installed = any(any(matches(folder, "GIMP 3*")) for folder in [*folders, local / "Programs"])
    yield from _versions(roaming / "GIMP", "installed or portable", {_NEWEST_KNOWN} if installed else set())
    for package in matches(local / "Packages", "*GIMP*"):
        yield from _versions(package / "LocalCache/Roaming/GIMP", "Microsoft Store", {_NEWEST_KNOWN})


def _mac(machine: Machine) -> Iterator[Place]:
    apps = (machine.root / "Applications", machine.home / "Applications")
    installed = any(any(matches(folder, "GIMP*.app")) for folder in apps)
    profiles = machine.home / "Library/Application Support/GIMP"
    yield from _versions(profiles, "application", {_NEWEST_KNOWN} if installed else set())


def _versions(profiles: Path, packaging: str, wanted: set[str], note: str = "") -> Iterator[Place]:
    """The version folders that are there, and those that installed programs will make."""
    there = {path.name for path in matches(profiles, "3.*") if path.is_dir()}
    # A guess only where nothing is known: a program that names no version has made its folder when it was started.
    wanted = {version for version in wanted if version.startswith("3.")} | (
        {_NEWEST_KNOWN} if "" in wanted and not there else set()
    )
    if there and wanted == {_NEWEST_KNOWN}:
        wanted = set()
    for version in sorted(there | wanted):
        remark = note or ("" if version in there else _NEVER_STARTED)
        yield Place("gimp", f"{packaging} {version}", profiles / version / "plug-ins", note=remark)


def _name_version(program: Path) -> str:
    """ "3.0" of gimp-3.0 or GIMP-3.0.4-x86_64.AppImage; empty where the name says nothing."""
    match = re.search(r"(?<!\d)(3\.\d+)", program.name)
    return match[1] if match else ""


def _version(program: Path, machine: Machine) -> str:
    """The version that a program on PATH is of; empty where it does not say."""
    if named := _name_version(program):
        return named
    try:
        said = subprocess.run(
            [str(program), "--version"],
            capture_output=True,
            text=True,
            timeout=15,
            stdin=subprocess.DEVNULL,
            env=dict(machine.environ),
            creationflags=NO_WINDOW,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    match = re.search(r"(\d+\.\d+)\.\d+", said.stdout)
    return match[1] if match else ""
