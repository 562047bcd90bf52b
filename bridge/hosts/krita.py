"""Where every packaging of Krita looks for plugins, and the `kritarc` that enables them.

Source: QStandardPaths::AppDataLocation and GenericConfigLocation of Qt, which Krita uses; the sandboxes of Flatpak,
Snap and the Microsoft Store move both below a folder of their own.
"""

from __future__ import annotations

from collections.abc import Iterator

from .places import Machine, Place, matches

__all__ = ["find"]

_FLATPAK = "org.kde.krita"
_FLATPAK_NOTE = (
    "a Flatpak may not start other programs: run 'diffdecompose serve' before the first use, or allow it once with "
    f"'flatpak override --user --talk-name=org.freedesktop.Flatpak {_FLATPAK}'"
)
_SNAP_NOTE = (
    "a Snap may not look into hidden folders: where the plugin does not find the service, use another packaging"
)


def find(machine: Machine) -> list[Place]:
    """A place for every packaging that is installed or was used before, the plain one first."""
    search = {"win32": _windows, "darwin": _mac}.get(machine.platform, _linux)
    return list(search(machine))


def _linux(machine: Machine) -> Iterator[Place]:
    home = machine.home
    data = machine.variable("XDG_DATA_HOME", home / ".local/share") / "krita"
    config = machine.variable("XDG_CONFIG_HOME", home / ".config") / "kritarc"
    kinds = []
    if any(machine.programs("krita")):
        kinds.append("system")
    if any(machine.app_images("krita")):
        kinds.append("AppImage")
    if kinds or data.is_dir() or config.is_file():
        yield Place("krita", " and ".join(kinds) or "profile", data, config)
    sandbox = home / ".var/app" / _FLATPAK
    stores = (machine.root / "var/lib/flatpak/app", home / ".local/share/flatpak/app")
    if sandbox.is_dir() or any((store / _FLATPAK).is_dir() for store in stores):
        yield Place("krita", "Flatpak", sandbox / "data/krita", sandbox / "config/kritarc", _FLATPAK_NOTE)
    snap = home / "snap/krita/current"
    if snap.is_dir():
        yield Place("krita", "Snap", snap / ".local/share/krita", snap / ".config/kritarc", _SNAP_NOTE)


def _windows(machine: Machine) -> Iterator[Place]:
    roaming = machine.variable("APPDATA", machine.home / "AppData/Roaming")
    local = machine.variable("LOCALAPPDATA", machine.home / "AppData/Local")
    program_folders = [machine.environ.get(name) for name in ("ProgramFiles", "ProgramW6432", "ProgramFiles(x86)")]
    folders = [*(machine.root / name for name in program_folders if name), local / "Programs"]
    installed = any(any(matches(folder, "Krita*")) for folder in folders)
    if installed or (roaming / "krita").is_dir() or (local / "kritarc").is_file():
        yield Place("krita", "installed or portable", roaming / "krita", local / "kritarc")
    for package in matches(local / "Packages", "*Krita*"):
        cache = package / "LocalCache"
        yield Place("krita", "Microsoft Store", cache / "Roaming/krita", cache / "Local/kritarc")


def _mac(machine: Machine) -> Iterator[Place]:
    library = machine.home / "Library"
    data = library / "Application Support/krita"
    config = library / "Preferences/kritarc"
    apps = (machine.root / "Applications", machine.home / "Applications")
    if any(any(matches(folder, "[Kk]rita*.app")) for folder in apps) or data.is_dir() or config.is_file():
        yield Place("krita", "application", data, config)
