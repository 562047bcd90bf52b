"""Which plugins were put where: `plugins.json` in the daemon's folder, written before a plugin is touched.

So a call that was killed leaves a record of everything that may be there, and the next call completes or removes it.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from ..errors import BridgeError
from ..wire.discovery import private_folder

__all__ = ["Placed", "Record", "read_record", "write_record"]

_NAME = "plugins.json"


@dataclass(frozen=True)
class Placed:
    """One plugin that was put, or was about to be put, into a place.

    entries: files and folders of ours, relative to `folder`.
    made: folders that were not there before, outermost first.
    config: the kritarc; empty for GIMP.   config_made: it was not there before.
    before: what the enabling line said before; None where there was none.
    """

    host: str
    packaging: str
    folder: str
    version: str
    entries: tuple[str, ...]
    made: tuple[str, ...]
    config: str = ""
    config_made: bool = False
    before: str | None = None


@dataclass(frozen=True)
class Record:
    """python: the interpreter written into `install.json` together with the plugins; empty where it was not ours."""

    placed: tuple[Placed, ...] = ()
    python: str = ""


def read_record(folder: Path) -> Record:
    """The record in the daemon's folder; an empty one where none is. Raises BridgeError where it is damaged."""
    path = folder / _NAME
    try:
        found = json.loads(path.read_text("utf-8"))
        return Record(tuple(_placed(item) for item in found["placed"]), str(found["python"]))
    except FileNotFoundError:
        return Record()
    except (OSError, ValueError, TypeError, KeyError) as problem:
        raise BridgeError(f"{path} cannot be understood ({problem}): move it away and try again") from None


def write_record(folder: Path, record: Record) -> None:
    """Write it whole or not at all; an empty record is no file."""
    path = folder / _NAME
    if record == Record():
        path.unlink(missing_ok=True)
        return
    private_folder(folder)
    draft = path.with_suffix(".tmp")
    draft.write_text(json.dumps(asdict(record), indent=1), encoding="utf-8")
    draft.replace(path)


def _placed(item: dict[str, Any]) -> Placed:
    known = {field.name for field in fields(Placed)}
    values = {name: value for name, value in item.items() if name in known}
    return Placed(**{**values, "entries": tuple(item["entries"]), "made": tuple(item["made"])})
