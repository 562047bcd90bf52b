"""Fetching a model from a hub: resumed after a stop, bounded in length, hashed before it is used.

Talks to the hub through `huggingface_hub`. The hub says beforehand how long every file is and what its hash is: SHA-256
for large files, git's for small ones. A file is downloaded beside the models, checked against that, and only when every
file is right does the model's folder appear under its name. What was fetched before a stop is kept and gone on with.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from hashlib import sha1
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING

from ..errors import EngineUnavailable, InvalidRequest
from . import manifest, store, tensors
from .catalogue import CatalogueEntry
from .errors import Damaged, DownloadFailed, LicenceNotAccepted
from .manifest import FileRecord, Manifest, Progress

if TYPE_CHECKING:
    from huggingface_hub import HfApi

__all__ = ["RemoteFile", "listing", "pull"]

_log = logging.getLogger(__name__)

_SUFFIXES = (".safetensors", ".json", ".txt", ".model", ".md", "")
_LARGEST_SMALL_FILE = 64 << 20
"""Bytes; a file without SHA-256 is text, and no text of a model is longer."""


@dataclass(frozen=True)
class RemoteFile:
    """name: in the repository; path: in the model's folder.   sha256 or git: the hash that the hub publishes."""

    name: str
    path: str
    size: int
    sha256: str | None
    git: str | None


def pull(
    entry: CatalogueEntry,
    models: Path,
    accepted: bool = False,
    progress: Progress = lambda what, done, size: None,
    endpoint: str | None = None,
) -> Path:
    """Fetch `entry` into `models/NAME`; returns that folder. Called again after a stop, it goes on.

    accepted: whether a person has accepted the licence.   endpoint: the hub; None = what huggingface_hub is set to.
    Raises LicenceNotAccepted, InvalidRequest (too little disk), DownloadFailed (what came is kept), Damaged (a file
    is not what the hub said; it is deleted), EngineUnavailable where huggingface_hub is not installed.
    """
    if entry.must_accept and not accepted:
        raise LicenceNotAccepted(f"{entry.name} is under the licence {entry.licence!r}: read it and accept it first")
    store.require_free(models, entry.name)
    with store.claimed(models, entry.name):
        return _pull(entry, models, accepted, progress, endpoint)


def _pull(entry: CatalogueEntry, models: Path, accepted: bool, progress: Progress, endpoint: str | None) -> Path:
    revision, files = listing(entry, endpoint)
    work = store.partial(models, entry.name)
    work.mkdir(parents=True, exist_ok=True)
    _require_disk(work, files, entry.name)
    total, before, records = sum(file.size for file in files), 0, []
    for file in files:
        progress(file.path, before, total)
        target = work.joinpath(*PurePosixPath(file.path).parts)
        if not target.is_file():
            _fetch(entry, file, revision, target, _shifted(progress, file.path, before, total), endpoint)
        records.append(_checked(file, target, work, entry))
        before += file.size
    tensors.require_whole(work)
    source = f"{entry.repository}/{entry.subfolder}".rstrip("/")
    made = Manifest(entry.name, entry.kind, source, revision, entry.licence, accepted, tuple(records))
    progress(entry.name, total, total)
    return store.adopt(models, work, made)


def listing(entry: CatalogueEntry, endpoint: str | None = None) -> tuple[str, tuple[RemoteFile, ...]]:
    """The commit that is newest now, and the files of `entry` in it. Raises DownloadFailed, Damaged."""
    api = _api(endpoint)
    try:
        info = api.model_info(entry.repository, files_metadata=True)
    except Exception as error:  # httpx's and huggingface_hub's, of many roots
        raise _failure(entry, error) from error
    found = [remote for one in info.siblings or () if (remote := _wanted(entry, one)) is not None]
    if not found or info.sha is None:
        raise Damaged(f"{entry.repository} holds none of the files of {entry.name}: the repository was changed")
    return info.sha, tuple(sorted(found, key=lambda file: file.size))


def _api(endpoint: str | None) -> HfApi:
    try:
        from huggingface_hub import HfApi
    except ModuleNotFoundError as missing:
        raise EngineUnavailable(
            "fetching weights needs huggingface_hub: install the extra with pip install 'diffdecompose-bridge[flux]'"
        ) from missing
    return HfApi(endpoint=endpoint)


def _wanted(entry: CatalogueEntry, sibling) -> RemoteFile | None:
    """The hub's line about one file, None where it is not part of the model. Raises Damaged for an odd line."""
    name = PurePosixPath(sibling.rfilename)
    prefix = PurePosixPath(entry.subfolder)
    if not name.is_relative_to(prefix):
        return None
    path = name.relative_to(prefix)
    if not any(fnmatch(path.as_posix(), pattern) for pattern in entry.files) or path.suffix not in _SUFFIXES:
        return None
    lfs = sibling.lfs.sha256 if sibling.lfs else None
    odd = name.is_absolute() or ".." in name.parts or "\\" in sibling.rfilename or ":" in sibling.rfilename
    if odd or sibling.size is None or not (lfs or sibling.blob_id):
        raise Damaged(
            f"{entry.repository} lists {sibling.rfilename!r} without a length, hash or plain name: not fetched"
        )
    if lfs is None and sibling.size > _LARGEST_SMALL_FILE:
        raise Damaged(f"{entry.repository} gives no SHA-256 for {sibling.rfilename}: not fetched")
    return RemoteFile(sibling.rfilename, path.as_posix(), sibling.size, lfs, sibling.blob_id)


def _require_disk(work: Path, files: Sequence[RemoteFile], name: str) -> None:
    there = sum(path.stat().st_size for path in work.rglob("*") if path.is_file())
    needed, free = sum(file.size for file in files) - there, shutil.disk_usage(work).free
    if needed > free:
        raise InvalidRequest(
            f"{name} needs {needed / 1e9:.1f} GB more and {free / 1e9:.1f} GB are free at {work.parent.parent}: free "
            f"some, or name another folder in DIFFDECOMPOSE_MODELS"
        )


def _fetch(
    entry: CatalogueEntry, file: RemoteFile, revision: str, target: Path, progress: Progress, endpoint: str | None
) -> None:
    """Download to `target`, going on with what an earlier call left. Raises DownloadFailed, Damaged, and what
    `progress` raises."""
    from huggingface_hub import hf_hub_url
    from huggingface_hub.file_download import http_get
    from huggingface_hub.utils import build_hf_headers

    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f"{target.name}.part")
    url = hf_hub_url(entry.repository, file.name, revision=revision, endpoint=endpoint)
    # Compressed, a body cannot be resumed at a byte of the file.
    headers = build_hf_headers(library_name="diffdecompose") | {"Accept-Encoding": "identity"}
    with part.open("r+b" if part.is_file() else "w+b") as opened:
        there = opened.seek(0, 2)
        if there > file.size:
            there = opened.truncate(0)
            opened.seek(0)
        bounded = _Bounded(opened, file, progress)
        try:
            http_get(
                url,
                bounded,  # type: ignore[arg-type]  # what http_get uses of a file
                resume_size=there,
                headers=headers,
                expected_size=file.size,
                tqdm_class=_silent_bar(),
            )
        except (Damaged, KeyboardInterrupt):
            raise
        except Exception as error:
            if bounded.stopped is not None:
                raise bounded.stopped from None
            raise _failure(entry, error) from error
    part.replace(target)


class _Bounded:
    """The file being written, which never grows past its announced length: a server may lie, or never end."""

    def __init__(self, opened: IO[bytes], file: RemoteFile, progress: Progress) -> None:
        self._opened, self._file, self._progress = opened, file, progress
        self.stopped: BaseException | None = None

    def write(self, chunk: bytes) -> int:
        if self._opened.tell() + len(chunk) > self._file.size:
            self._opened.truncate(0)
            raise Damaged(f"{self._file.name} is longer than the {self._file.size} bytes announced: not used")
        written = self._opened.write(chunk)
        try:
            self._progress(self._file.path, self._opened.tell(), self._file.size)
        except BaseException as stop:
            self.stopped = stop
            raise
        return written

    def tell(self) -> int:
        return self._opened.tell()

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._opened.seek(offset, whence)

    def truncate(self, size: int | None = None) -> int:
        return self._opened.truncate(size)


def _silent_bar():
    """A bar that shows nothing: progress is told by `_Bounded`, over all files."""
    from tqdm import tqdm

    class Silent(tqdm):
        def __init__(self, *args, **words) -> None:
            words.pop("name", None)
            super().__init__(*args, **words | {"disable": True})

    return Silent


def _checked(file: RemoteFile, target: Path, work: Path, entry: CatalogueEntry) -> FileRecord:
    """The file's record. Raises Damaged, and deletes the file, where its bytes are not those announced."""
    found = manifest.record(work, target)
    wrong = found.size != file.size
    wrong |= file.sha256 is not None and found.sha256 != file.sha256
    wrong |= file.sha256 is None and _git_hash(target) != file.git
    wrong |= entry.sha256.get(file.path, found.sha256) != found.sha256
    if wrong:
        target.unlink()
        raise Damaged(f"{file.name} came with other bytes than announced and was deleted: pull {entry.name} again")
    return found


def _git_hash(path: Path) -> str:
    """Git's name of a file's content; such files are small."""
    content = path.read_bytes()
    return sha1(b"blob %d\0" % len(content) + content).hexdigest()


def _shifted(progress: Progress, name: str, before: int, total: int) -> Progress:
    """Progress within one file, told as progress within all of them."""
    return lambda what, done, size: progress(name, before + done, total)


def _failure(entry: CatalogueEntry, error: Exception) -> DownloadFailed:
    """What went wrong with the hub, and what to do."""
    from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError

    if isinstance(error, GatedRepoError | RepositoryNotFoundError):
        return DownloadFailed(
            f"{entry.repository} does not let you in: accept its licence on its page, log in with `hf auth login`, "
            f"then pull {entry.name} again"
        )
    _log.info("fetching %s failed", entry.name, exc_info=error)
    first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    return DownloadFailed(f"{entry.name} was not fetched ({first[:200]}): pull it again, it goes on where it stopped")
