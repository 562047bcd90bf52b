"""Which pictures are meant, and where each result goes. Paths in, paths out; reads folders, opens no picture.

The rules, in one place:
- An input is a file, a folder (the pictures directly in it, sorted by name) or a glob that the shell left alone.
- One input and an output whose ending is a format: that file. An output without such an ending, or that is a
  folder: for one input without `--format`, a folder of PNGs with a manifest; else a folder that gets one result
  an input, named after it.
- Two inputs that would share a name get -2, -3, ... in the order given. No output is an input of the same call, its
  own or another's: that is refused before anything is read or written.
- Of a folder or a pattern, hidden files (`.name`, with them the `._name` that macOS leaves) are no pictures.
"""

from __future__ import annotations

import glob
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .errors import BridgeError
from .wire.labels import READABLE_ENDINGS

__all__ = ["FORMATS", "PICTURE_ENDINGS", "PlanError", "Task", "expand", "is_url", "plan"]

FLAT = ("png", "jpg", "tif", "webp")
FORMATS = ("psd", "ora", *FLAT, "folder")
PICTURE_ENDINGS = frozenset("." + ending for ending in READABLE_ENDINGS)
_ENDINGS = {".psd", ".psb", ".ora", ".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp"}


class PlanError(BridgeError):
    """The inputs or the output cannot be understood; nothing was read or written."""


@dataclass(frozen=True)
class Task:
    """One picture and where its layers go. form: "folder" where the target's name must not decide."""

    source: Path
    target: Path
    form: str | None = None


def is_url(word: str) -> bool:
    """Whether a word of the command line is an address rather than a path."""
    scheme, found, _ = word.partition("://")
    return bool(found) and scheme.isidentifier()


def expand(words: Sequence[str]) -> list[Path]:
    """The pictures meant by the command line's words, in order, without repetition. Raises PlanError."""
    found: dict[Path, None] = {}
    for word in words:
        for path in _expand_one(word):
            found[path] = None
    return list(found)


def _expand_one(word: str) -> list[Path]:
    if not word:
        raise PlanError("the name of an input is empty: name a picture")
    path = Path(word)
    if os.path.isdir(path):
        try:
            inside = sorted(p for p in path.iterdir() if p.suffix.lower() in PICTURE_ENDINGS and _is_visible_file(p))
        except OSError as problem:
            raise PlanError(f"{word}: the folder cannot be read ({problem.strerror}): check its permissions") from None
        if not inside:
            raise PlanError(f"{word}: there is no picture in this folder: name one that holds pictures")
        return inside
    if not os.path.exists(path) and glob.has_magic(word):
        inside = sorted(p for p in map(Path, glob.glob(word, recursive=True)) if _is_visible_file(p))
        if not inside:
            raise PlanError(f"{word}: no file matches: check the pattern")
        return inside
    # A missing file is the reader's to report: the other pictures of the same call still get done.
    return [path]


def _is_visible_file(path: Path) -> bool:
    return path.is_file() and not path.name.startswith(".")


def plan(
    sources: Sequence[Path], output: str, form: str | None = None, other_inputs: Sequence[Path] = ()
) -> list[Task]:
    """Where each source goes. Raises PlanError.

    output: the word after -o. form: one of FORMATS or None. other_inputs: further files that the call reads, such as
    masks; no output may replace one of them.
    """
    out = Path(output)
    ending = out.suffix.lower()
    single_file = ending in _ENDINGS and not os.path.isdir(out)
    if single_file and len(sources) == 1 and form in (None, ending[1:]):
        tasks = [Task(sources[0], out)]
    elif single_file:
        why = "--format asks for another" if len(sources) == 1 else f"there are {len(sources)} pictures"
        raise PlanError(f"{output} is one file but {why}: give a folder after -o")
    elif ending and len(sources) == 1 and form is None and not os.path.isdir(out):
        raise PlanError(
            f"{output}: {ending} cannot be written: use .psd, .ora, .png, .jpg, .tif, .webp or a folder name"
        )
    elif len(sources) == 1 and form is None:
        tasks = [Task(sources[0], out)]
    else:
        tasks = _into_folder(sources, out, form or "psd")
    _refuse_replaced_inputs(tasks, [*sources, *other_inputs])
    return tasks


def _refuse_replaced_inputs(tasks: Sequence[Task], inputs: Sequence[Path]) -> None:
    from .formats.overlap import InputFiles

    files = InputFiles(inputs)
    for task in tasks:
        is_folder = task.form == "folder" or task.target.suffix.lower() not in _ENDINGS
        replaced = files.replaced_by(task.target, folder=is_folder)
        if replaced == task.source:
            raise PlanError(f"{task.source}: the output would replace the input: choose another name after -o")
        if replaced is not None:
            raise PlanError(
                f"{task.source}: its output {task.target} would replace {replaced}, an input of the same call: "
                "choose another folder after -o"
            )


def _into_folder(sources: Sequence[Path], folder: Path, form: str) -> list[Task]:
    if os.path.isfile(folder):
        raise PlanError(f"{folder} is a file, a folder is needed: choose another name after -o")
    ending = "" if form == "folder" else "." + form
    taken: set[str] = set()
    tasks = []
    for source in sources:
        name, count = source.stem, 1
        while name.casefold() in taken:
            count += 1
            name = f"{source.stem}-{count}"
        taken.add(name.casefold())
        tasks.append(Task(source, folder / (name + ending), None if ending else "folder"))
    return tasks
