"""Plugins put into the folders of Krita and GIMP, enabled, taken out again. Everything is recorded before it is done.

Knows nothing of how a plugin is put together: it gets a folder laid out as the host wants it.
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

from ..errors import BridgeError
from ..wire.files import patiently, replace_file
from . import gimp, krita, kritarc
from .places import Machine, Place, matches
from .record import Placed, Record, read_record, write_record

__all__ = ["PlacingFailed", "find_places", "install", "uninstall"]

ENTRIES = {
    "krita": ("pykrita/diffdecompose", "pykrita/diffdecompose.desktop", "actions/diffdecompose.action"),
    "gimp": ("decompose-layers",),
}
_ENABLE = "enable_diffdecompose"
_SETTINGS = "diffdecompose"
"""The group of the kritarc in which Krita keeps what was chosen in our dialog."""
_DRAFT = ".diffdecompose-draft"


class PlacingFailed(BridgeError):
    """A plugin cannot be put into a host's folder, or taken out of it."""


def find_places(machine: Machine, host: str | None = None) -> list[Place]:
    """Every place for a plugin on the machine. host: "krita" or "gimp", both where None."""
    found = [*(krita.find(machine) if host != "gimp" else ()), *(gimp.find(machine) if host != "krita" else ())]
    return list({place.folder: place for place in found}.values())


def install(content: Path, place: Place, version: str, folder: Path) -> None:
    """Put the plugin into a place and enable it; one that is there is replaced.

    content: a folder that holds the entries of ENTRIES.   folder: the daemon's, which keeps the record.
    Raises PlacingFailed; then what was put can be taken out by `uninstall`.
    """
    try:
        record = read_record(folder)
        entry = _entry(place, version, record)
        others = tuple(placed for placed in record.placed if placed.folder != entry.folder)
        write_record(folder, replace(record, placed=(*others, entry)))
        draft = _draft(place.host, place.folder)
        shutil.rmtree(draft, ignore_errors=True)
        place.folder.mkdir(parents=True, exist_ok=True)
        shutil.copytree(content, draft)
        for name in entry.entries:
            target = place.folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            _remove(target)
            replace_file(draft / name, target)
        shutil.rmtree(draft)
        if place.config:
            _set_line(place.config, "true")
    except OSError as error:
        raise PlacingFailed(
            f"{place.folder} cannot be written ({error.strerror}): close the program, check the folder, try again"
        ) from None


def uninstall(folder: Path, host: str | None = None) -> list[Placed]:
    """Take out every recorded plugin, of one host or of both; returns what was taken out. Raises PlacingFailed."""
    record = read_record(folder)
    # The last that was put goes first: what it found there may be a folder that was made for one before it.
    chosen = [placed for placed in reversed(record.placed) if host in (None, placed.host)]
    for placed in chosen:
        try:
            _take_out(placed)
        except OSError as error:
            raise PlacingFailed(
                f"{placed.folder} cannot be cleaned ({error.strerror}): close the program and try again"
            ) from None
        record = replace(record, placed=tuple(other for other in record.placed if other != placed))
        if record.placed:
            write_record(folder, record)
    if not record.placed:
        _forget_installation(folder, record)
    return chosen


def _entry(place: Place, version: str, record: Record) -> Placed:
    """What the record says of a place: what was there before us is kept from an earlier installation."""
    earlier = next((placed for placed in record.placed if placed.folder == str(place.folder)), None)
    made = [str(path) for path in _missing(place)]
    entry = Placed(place.host, place.packaging, str(place.folder), version, ENTRIES[place.host], tuple(made))
    if place.config:
        there = place.config.is_file()
        before = kritarc.read(_text(place.config), _ENABLE) if there else None
        entry = replace(entry, config=str(place.config), config_made=not there, before=before)
    if earlier:
        both = tuple(dict.fromkeys([*earlier.made, *made]))
        entry = replace(entry, made=both, config_made=earlier.config_made, before=earlier.before)
    return entry


def _missing(place: Place) -> list[Path]:
    """The folders that will have to be made, outermost first."""
    wanted = [(place.folder / name).parent for name in ENTRIES[place.host]]
    if place.config:
        wanted.append(place.config.parent)
    missing = {path for folder in wanted for path in (folder, *folder.parents) if not path.exists()}
    return sorted(missing, key=lambda path: len(path.parts))


def _draft(host: str, folder: Path) -> Path:
    # GIMP starts what lies in its folder when it looks, so a half copied plug-in may not lie there.
    return (folder.parent if host == "gimp" else folder) / _DRAFT


def _take_out(placed: Placed) -> None:
    folder = Path(placed.folder)
    for path in (_draft(placed.host, folder), *(folder / name for name in placed.entries)):
        _remove(path)
    if placed.host == "gimp":  # GIMP keeps what was chosen in our dialog
        for path in matches(folder.parent / "plug-in-settings", "*plug-in-decompose-layers*"):
            _remove(path)
    if placed.config:
        _set_line(Path(placed.config), placed.before, placed.config_made)
    for made in sorted(map(Path, placed.made), key=lambda path: -len(path.parts)):
        _remove_if_empty(made)


def _set_line(config: Path, value: str | None, may_go: bool = False) -> None:
    """Write or take out the enabling line. may_go: the file is ours and goes when nothing else is in it."""
    if value is None and not config.is_file():
        return
    before = _text(config) if config.is_file() else ""
    after = kritarc.write(before, _ENABLE, value)
    if value is None:
        after = kritarc.without_group(after, _SETTINGS)
    if may_go and not after.strip():
        config.unlink()
    elif after != before:
        config.parent.mkdir(parents=True, exist_ok=True)
        draft = config.with_name(config.name + ".diffdecompose")
        draft.write_bytes(after.encode("utf-8", "surrogateescape"))
        if config.is_file():
            shutil.copymode(config, draft)
        replace_file(draft, config)


def _text(path: Path) -> str:
    return path.read_bytes().decode("utf-8", "surrogateescape")


def _forget_installation(folder: Path, record: Record) -> None:
    """The install record goes with the last plugin, where it is the one that came with them."""
    from ..wire.discovery import read_install

    install = read_install(folder)
    if install is not None and record.python and install.python == record.python:
        (folder / "install.json").unlink(missing_ok=True)
    for draft in folder.glob("install.json.*.tmp"):  # of a call that was killed
        draft.unlink(missing_ok=True)
    write_record(folder, Record())
    _remove_if_empty(folder)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        patiently(lambda: shutil.rmtree(path))
    else:
        patiently(lambda: path.unlink(missing_ok=True))


def _remove_if_empty(folder: Path) -> None:
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
