"""Where decompositions meet the file system: `write` by the ending of the name, nothing ever half written.

A file is written beside its place under another name and then renamed; a folder likewise.
"""

from __future__ import annotations

import errno
import glob
import os
import re
import secrets
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

import numpy as np

from model.types import Decomposition

from ..errors import UnwritablePicture
from ..wire.files import replace_file
from .document import document_of
from .flat import FLAT_ENDINGS, encode_flat
from .folder import MANIFEST, encode_folder
from .kept import left_out
from .ora import encode_ora
from .psd_writer import encode_psd

__all__ = ["atomic_file", "check_target", "remove_abandoned_parts", "write"]

FORMS = {".psd": "PSD", ".psb": "PSB", ".ora": "ORA", **FLAT_ENDINGS}
FOLDER = "FOLDER"
OUR_NAMES = re.compile(r'"((?:candidate-\d+/)?(?:background|foreground(?:-\d+)?)\.png)"')


def write(
    decompositions: Decomposition | Sequence[Decomposition],
    path: str | os.PathLike[str],
    *,
    compact: bool = False,
    overwrite: bool = False,
    form: str | None = None,
    merged: np.ndarray | None = None,
    tell: Callable[[str], None] = lambda note: None,
) -> list[Path]:
    """Save to `path` and return the files made, the main one (or the manifest) first.

    The ending decides: .psd .psb .ora with all layers (a group for each candidate), .png .jpg .tif .webp with the
    clean background of the first candidate, anything else a folder of PNGs. form: "folder", or an ending without
    its dot, where the name should not decide.
    compact: a smaller PSD. merged: the original picture, where it is still at hand; it saves the time of stacking
    the layers for the preview. tell: called with one line for each thing the format could not keep.
    Raises UnwritablePicture; then nothing was changed.
    """
    found = [decompositions] if isinstance(decompositions, Decomposition) else list(decompositions)
    path = Path(path)
    check_target(path, overwrite=overwrite, form=form)
    form = form_of(path, form)
    first = found[0]
    for note in left_out(form, first.metadata, first.icc, first.dpi, 8 * first.background.pixels.dtype.itemsize):
        tell(note)
    if form == FOLDER:
        return _write_folder(found, path)
    with atomic_file(path, overwrite=overwrite) as file:
        if form == "ORA":
            encode_ora(document_of(found, merged=merged), file)
        elif form in ("PSD", "PSB"):
            encode_psd(document_of(found, merged=merged), file, compact=compact, large=True if form == "PSB" else None)
        else:
            if len(found) > 1:
                tell(f"{path.name} holds the first of {len(found)} candidates: choose .psd, .ora or a folder for all")
            about = {"icc": first.icc, "dpi": first.dpi, "metadata": first.metadata}
            encode_flat(first.background.pixels, form, file, **about, tell=tell)
    return [path]


def form_of(path: Path, form: str | None = None) -> str:
    """What is meant: PSD, PSB, ORA, PNG, JPEG, TIFF, WEBP or FOLDER. form: see `write`."""
    if form is None:
        return FORMS.get(path.suffix.lower(), FOLDER)
    if form.lower() == "folder":
        return FOLDER
    if "." + form.lower() not in FORMS:
        known = ", ".join(ending[1:] for ending in FORMS)
        raise UnwritablePicture(f"there is no format {form!r}: choose one of {known}, folder")
    return FORMS["." + form.lower()]


def check_target(path: str | os.PathLike[str], *, overwrite: bool = False, form: str | None = None) -> None:
    """Raise UnwritablePicture where `write` would refuse: to be asked before long work."""
    path = Path(path)
    with _explained(path):
        _check_target(path, overwrite, form_of(path, form) == FOLDER)


def _check_target(path: Path, overwrite: bool, folder: bool) -> None:
    parent = path.parent
    if not parent.is_dir():
        raise UnwritablePicture(f"{path}: the folder {parent} does not exist: create it or choose another")
    if not os.access(parent, os.W_OK | os.X_OK):
        raise UnwritablePicture(f"{path}: you may not write into {parent}: choose another folder")
    if path.is_dir() and not folder:
        raise UnwritablePicture(f"{path} is a folder: choose another name")
    if folder and path.exists() and not path.is_dir():
        raise UnwritablePicture(f"{path} is a file, not a folder: choose another name, or one with an ending")
    if overwrite:
        return
    if folder and path.is_dir() and any(path.iterdir()):
        raise UnwritablePicture(
            f"{path} exists already and is not empty: name a new folder for the layers, "
            "or put one file into it (--format psd), or allow to overwrite (--overwrite)"
        )
    if path.exists() and not folder:
        raise UnwritablePicture(f"{path} exists already: choose another name, or allow to overwrite (--overwrite)")


@contextmanager
def atomic_file(path: Path, *, overwrite: bool = False) -> Iterator[BinaryIO]:
    """A new file, able to seek, that appears at `path` when the block ends well, and else never was.

    Raises UnwritablePicture where the disk or its permissions forbid it, or `path` exists and overwrite is False.
    """
    path = Path(os.path.realpath(path))  # a link is followed, not replaced
    part = _part(path)
    with _explained(path):
        try:
            with open(part, "x+b") as file:
                yield file
            if overwrite:
                with suppress(OSError):
                    shutil.copymode(path, part)
                replace_file(part, path)
            else:
                _appear(part, path)
        finally:
            with suppress(OSError):
                part.unlink(missing_ok=True)


def _part(path: Path) -> Path:
    """A name beside `path` that nobody else uses; short, for names near the system's longest."""
    return path.with_name(f".{path.name[:40]}.{secrets.token_hex(4)}.part")


def remove_abandoned_parts(path: Path) -> None:
    """Clear away what a write of `path` that was killed left beside it. Only while nobody else writes it."""
    for part in path.parent.glob(f".{glob.escape(path.name[:40])}.????????.part"):
        with suppress(OSError):
            if part.is_dir():
                shutil.rmtree(part)
            else:
                part.unlink()


def _appear(part: Path, path: Path) -> None:
    """Rename, but never over a file that came meanwhile (where the file system can promise that)."""
    try:
        os.link(part, path)
    except FileExistsError:
        raise UnwritablePicture(f"{path} came into being meanwhile: choose another name") from None
    except OSError:  # no hard links here
        replace_file(part, path)


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Say in one line why the system refuses."""
    try:
        yield
    except OSError as problem:
        if problem.errno in (errno.ENOSPC, errno.EDQUOT):
            why = "the disk is full: free some space or choose another folder"
        elif problem.errno == errno.EFBIG:
            why = "the file would be larger than this disk allows: choose another folder or --compact"
        elif problem.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            why = "you may not write there: choose another folder"
        elif problem.errno == errno.ENAMETOOLONG:
            why = "the name is too long: choose a shorter one"
        else:
            why = f"it cannot be written ({problem.strerror or problem}): choose another folder"
        raise UnwritablePicture(f"{path}: {why}") from problem


def _write_folder(found: Sequence[Decomposition], path: Path) -> list[Path]:
    """Write all files into a new folder beside, then move it, or its files, into place; the manifest last."""
    path = Path(os.path.realpath(path))
    part = _part(path)
    names: list[str] = []

    @contextmanager
    def put(name: str) -> Iterator[BinaryIO]:
        names.append(name)
        (part / name).parent.mkdir(exist_ok=True)
        with open(part / name, "xb") as file:
            yield file

    with _explained(path):
        try:
            part.mkdir()
            encode_folder(found, put)
            if not path.exists():
                os.rename(part, path)
            else:
                _replace_files(path, part, names)
        finally:
            shutil.rmtree(part, ignore_errors=True)
    return [path / name for name in [MANIFEST, *names[:-1]]]


def _replace_files(path: Path, part: Path, names: Sequence[str]) -> None:
    """Move files from `part` over those in `path`; layers that only the old manifest lists go, strange files stay."""
    old = _listed(path / MANIFEST)
    (path / MANIFEST).unlink(missing_ok=True)  # without it the old layers are no longer a whole
    for name in names:
        (path / name).parent.mkdir(exist_ok=True)
        replace_file(part / name, path / name)
    for name in old - set(names):
        (path / name).unlink(missing_ok=True)


def _listed(manifest: Path) -> set[str]:
    """Names of our own making that a manifest lists; empty where there is none that can be read."""
    with suppress(OSError, ValueError):
        return set(OUR_NAMES.findall(manifest.read_text("utf-8")))
    return set()
