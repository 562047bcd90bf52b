"""How folders of triplets are laid out on disk, and what lies in them. Opens no pictures.

    FOLDER/{z,x,y}/NAME             one set; x2 and x3 hold the second and third foreground of those that have them
    FOLDER/SUBTASK/{z,x,y}/NAME     AlphaBlend: several sets; where a subtask is a kind's name, that kind is told
    FOLDER/natural/ID, FOLDER/SPLIT/{image,mask}/ID-NAME      LOGO-H, LOGO-L, LOGO-G (Cun and Pun, AAAI 2021)

Beside z: `NAME.txt` describes the top foreground; `blends.json` in a set's folder names blend types:
{"NAME": "screen", "*": "normal"}, "*" for all the others; without it no blend type is known.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from ...diffdecompose.prompts import KIND_WORDS
from ...errors import InvalidRequest
from ...types import BlendType, Kind

__all__ = ["Item", "items"]

_ENDINGS = (".png", ".jpg", ".jpeg", ".webp", ".tif")
_SPLITS = ("train_images", "train", "val_images", "val", "test")
_LOGO_WORDS = KIND_WORDS[Kind.WATERMARK]


@dataclass(frozen=True)
class Item:
    """One triplet's files. foregrounds: top first; empty where a mask says only where the foreground is."""

    name: str
    z: Path
    y: Path
    foregrounds: tuple[Path, ...]
    mask: Path | None
    words: str
    blend: BlendType | None


def items(folder: Path) -> list[Item]:
    """All triplets of a folder, in order of their names.

    Raises InvalidRequest where it has none of the layouts, a picture lacks its partner, or `blends.json` is wrong.
    """
    if (folder / "natural").is_dir():
        return _logo(folder)
    if (folder / "z").is_dir():
        return _set(folder, "")
    tasks = sorted(path for path in folder.glob("*") if (path / "z").is_dir())
    if not tasks:
        raise InvalidRequest(f"{folder} holds no pictures in z: lay triplets out as z/NAME, x/NAME, y/NAME")
    return [item for task in tasks for item in _set(task, task.name)]


def _set(folder: Path, task: str) -> list[Item]:
    parts = ("z", "x", "y", "x2", "x3")
    names = {part: {path.stem: path for path in _pictures(folder / part)} for part in parts}
    if not names["z"]:
        raise InvalidRequest(f"{folder} holds no pictures in z: lay triplets out as z/NAME, x/NAME, y/NAME")
    for part in ("x", "y"):
        lonely = sorted(set(names["z"]) ^ set(names[part]))
        if lonely:
            raise InvalidRequest(f"{lonely[0]} is only in one of {folder}/z and {folder}/{part}: complete the triplet")
    for more, fewer in (("x2", "x"), ("x3", "x2")):
        strange = sorted(set(names[more]) - set(names[fewer]))
        if strange:
            raise InvalidRequest(
                f"{strange[0]} is in {folder}/{more} but not in {folder}/{fewer}: complete the triplet"
            )
    blends = _read_blends(folder / "blends.json", set(names["z"]))
    usual = KIND_WORDS[Kind(task)] if task in list(Kind) else task.replace("-", " ").replace("_", " ")
    found = []
    for name in sorted(names["z"]):
        foregrounds = tuple(names[part][name] for part in ("x", "x2", "x3") if name in names[part])
        words = _caption(names["z"][name]) or usual
        blend = blends.get(name, blends.get("*"))
        shown = f"{task}/{name}" if task else name
        found.append(Item(shown, names["z"][name], names["y"][name], foregrounds, None, words, blend))
    return found


def _logo(folder: Path) -> list[Item]:
    split = next((folder / name for name in _SPLITS if (folder / name / "image").is_dir()), None)
    if split is None:
        raise InvalidRequest(f"{folder} has no {' or '.join(_SPLITS)} with image/ inside: check the folder")
    natural = {path.stem: path for path in _pictures(folder / "natural")}
    masks = {path.stem: path for path in _pictures(split / "mask")}
    found = []
    for path in sorted(_pictures(split / "image")):
        own = path.stem.split("-")[0]
        for have, name, place in ((natural, own, folder / "natural"), (masks, path.stem, split / "mask")):
            if name not in have:
                raise InvalidRequest(f"{name} is missing in {place}: complete the data set")
        words = _caption(path) or _LOGO_WORDS
        found.append(Item(path.stem, path, natural[own], (), masks[path.stem], words, BlendType.NORMAL))
    return found


def _pictures(folder: Path) -> list[Path]:
    return [path for path in folder.glob("*") if path.suffix.lower() in _ENDINGS]


def _caption(z: Path) -> str:
    text = z.with_suffix(".txt")
    return text.read_text(encoding="utf-8").strip() if text.is_file() else ""


def _read_blends(path: Path, names: set[str]) -> dict[str, BlendType]:
    """Blend types by name, "*" for the rest; empty where there is no file."""
    if not path.is_file():
        return {}
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        blends = {str(name): BlendType(blend) for name, blend in said.items()}
    except (ValueError, AttributeError) as error:
        known = ", ".join(BlendType)
        raise InvalidRequest(f"{path} must be names and blend types ({known}): correct it ({error})") from error
    strange = sorted(blends.keys() - names - {"*"})
    if strange:
        raise InvalidRequest(f"{path} names {strange[0]}, which is no picture in z: correct the name")
    return blends
