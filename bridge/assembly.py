"""Puts the plugins together: the importable Krita zip, the GIMP folder and its zip, each complete in itself.

Both carry one package, `diffdecompose`: the program's own modules, `shared`, a copy of `bridge.wire`, and the pure
Python of `websockets`. Import lines are turned into relative ones on the way, so that nothing is put on `sys.path`
and no other plugin's copy can be met. Knows nothing of where plugins get installed.
"""

from __future__ import annotations

import re
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from .errors import BridgeError
from .wire.files import replace_file

__all__ = ["HOSTS", "AssemblyFailed", "build", "unpack", "zip_for_gimp"]

HOSTS = ("krita", "gimp")
PACKAGE = "diffdecompose"
GIMP_NAME = "decompose-layers"
"""GIMP wants a folder and a script of one name."""

_PLACES = {"bridge.wire": "wire", "plugins.shared": "shared", "plugins.gimp": "", "websockets": "websockets"}
"""Where inside the package the modules of the checkout, and the vendored ones, go."""
_IMPORT = re.compile(r"^( *from )(" + "|".join(map(re.escape, _PLACES)) + r")((?:\.\w+)*)(?= import )", re.MULTILINE)


class AssemblyFailed(BridgeError):
    """A plugin cannot be put together from this installation."""


def build(host: str, out: Path) -> Path:
    """Put one plugin together in the folder `out`; returns what to install.

    krita: `diffdecompose-krita.zip`, for Tools > Scripts > Import Python Plugin from File; unpacked in Krita's resource
    folder it lands in `pykrita/` and `actions/` just the same.   gimp: the folder `decompose-layers`, for `plug-ins/`.
    What was there before is replaced once the new one is complete. Raises AssemblyFailed.
    """
    if host not in HOSTS:
        raise AssemblyFailed(f"no plugin for {host!r}: choose one of {', '.join(HOSTS)}")
    try:
        out.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=out) as draft:
            return _zip_for_krita(Path(draft), out) if host == "krita" else _folder_for_gimp(Path(draft), out)
    except OSError as error:
        raise AssemblyFailed(f"{out} cannot be written ({error.strerror}): choose another folder") from None


def unpack(host: str, folder: Path) -> Path:
    """Put one plugin together in `folder`, laid out as it lies below Krita's resource or GIMP's plug-in folder.

    Returns the folder whose entries belong there. Raises AssemblyFailed.
    """
    made = build(host, folder)
    if host == "gimp":
        return folder
    content = folder / "content"
    try:
        with zipfile.ZipFile(made) as archive:
            archive.extractall(content)
    except OSError as error:
        raise AssemblyFailed(f"{folder} cannot be written ({error.strerror}): choose another folder") from None
    return content


def zip_for_gimp(out: Path) -> Path:
    """`diffdecompose-gimp.zip` in the folder `out`, to be unpacked in a `plug-ins` folder. Raises AssemblyFailed."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=out) as draft:
            build("gimp", Path(draft))
            return _zip(Path(draft), out / f"{PACKAGE}-gimp.zip")
    except OSError as error:
        raise AssemblyFailed(f"{out} cannot be written ({error.strerror}): choose another folder") from None


def _zip_for_krita(draft: Path, out: Path) -> Path:
    source = _plugins_folder() / "krita"
    _package(source, draft / "pykrita" / PACKAGE)
    shutil.copy(source / f"{PACKAGE}.desktop", draft / "pykrita")
    (draft / "actions").mkdir()
    shutil.copy(source / f"{PACKAGE}.action", draft / "actions")
    return _zip(draft, out / f"{PACKAGE}-krita.zip")


def _zip(content: Path, target: Path) -> Path:
    """All of the folder `content` as `target`, written whole or not at all; the same input gives the same bytes."""
    made = target.with_name(target.name + ".part")
    inside = sorted(content.rglob("*"))
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        # Krita's importer looks for the folders' own entries, so they are written too.
        for path in inside:
            name = path.relative_to(content).as_posix() + ("/" if path.is_dir() else "")
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.create_system = 3  # Unix, so that the modes count
            mode = 0o40755 if path.is_dir() else 0o100755 if _is_script(path) else 0o100644
            entry.external_attr = mode << 16
            archive.writestr(entry, b"" if path.is_dir() else path.read_bytes(), zipfile.ZIP_DEFLATED)
    replace_file(made, target)
    return target


def _is_script(path: Path) -> bool:
    return path.name == f"{GIMP_NAME}.py"


def _folder_for_gimp(draft: Path, out: Path) -> Path:
    source = _plugins_folder() / "gimp"
    made, target = draft / GIMP_NAME, out / GIMP_NAME
    _package(source, made / PACKAGE)
    script = made / f"{GIMP_NAME}.py"
    (made / PACKAGE / script.name).unlink()
    script.write_text(_at_home((source / script.name).read_text("utf-8"), f"{PACKAGE}."), encoding="utf-8")
    script.chmod(0o755)
    if target.exists():
        target.replace(draft / "before")
    made.replace(target)
    return target


def _package(host_source: Path, target: Path) -> None:
    """The package `diffdecompose` of one host in the folder `target`."""
    for folder, place in ((host_source, ""), (_plugins_folder() / "shared", "shared"), (_wire_folder(), "wire")):
        for path in _files(folder):
            _copy(path, target / place / path.relative_to(folder), target)
    _vendor(target)
    shutil.copy(_licence(), target / "LICENSE")


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix in (".py", ".mo", ".html") and "__pycache__" not in path.parts:
            yield path


def _copy(path: Path, target: Path, package: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".py":
        depth = len(target.relative_to(package).parts)
        target.write_text(_at_home(path.read_text("utf-8"), "." * depth), encoding="utf-8")
    else:
        shutil.copy(path, target)


def _at_home(text: str, root: str) -> str:
    """A module's text with imports of ours pointing into the package. root: how the module names the package."""

    def line(match: re.Match[str]) -> str:
        inside = (_PLACES[match[2]] + match[3]).removeprefix(".")
        return f"{match[1]}{root}{inside}"

    return _IMPORT.sub(line, text)


def _vendor(target: Path) -> None:
    """The `.py` files and the licence of the installed `websockets`; its compiled parts are optional to it."""
    try:
        installed = distribution("websockets")
    except PackageNotFoundError:
        raise AssemblyFailed("websockets is not installed: install diffdecompose again") from None
    licences = 0
    for file in installed.files or ():
        source = Path(str(installed.locate_file(file)))
        if file.parts[0] == "websockets" and file.suffix == ".py":
            place = target.joinpath(*file.parts)
        elif file.name.startswith("LICENSE"):
            place, licences = target / "websockets" / "LICENSE", licences + 1
        else:
            continue
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, place)
    if not licences:
        raise AssemblyFailed("the licence of websockets is not where it should be: install diffdecompose again")


def _plugins_folder() -> Path:
    """Inside the package where it was installed from a wheel, beside it in a checkout."""
    here = Path(__file__).resolve().parent
    for folder in (here / "_plugins", here.parent / "plugins"):
        if (folder / "krita").is_dir():
            return folder
    raise AssemblyFailed("this installation holds no plugins: install diffdecompose again")


def _wire_folder() -> Path:
    return Path(__file__).resolve().parent / "wire"


def _licence() -> Path:
    """Ours, where it lies: in a checkout, or among the files of the installed distribution."""
    beside = Path(__file__).resolve().parent.parent / "LICENSE"
    if beside.is_file():
        return beside
    for file in distribution("diffdecompose-bridge").files or ():
        if file.name == "LICENSE":
            return Path(str(file.locate()))
    raise AssemblyFailed("the licence of diffdecompose is missing: install it again")
