"""Downloads what the generator is made from and writes the pack: `python -m model.alphablend.fetch`.

Uses the machine's own package tools (`apt-get download`, `dpkg-deb`, `pip download`, `git`), so it runs on Debian
and its kin, without root. Nothing it fetches belongs into the repository.
"""

from __future__ import annotations

import argparse
import io
import shutil
import subprocess
import sys
import zipfile
from collections import Counter
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from .glyphs import draw_atlas, draw_icon
from .pack import Pack, PackedPhoto, write_pack
from .sources import (
    SPLITS,
    Photo,
    Source,
    Split,
    difference_hash,
    hash_distance,
    photos,
    sources,
    split_of,
    train_only_packages,
)

GITHUB = "https://github.com"
SHORT_SIDE = 720
TRAIN_ONLY_SIDE = 512  # short side of photographs that only train: they are seen reduced or in crops
SPRITE = 128
LARGE = 3_500_000  # pixels from which a test photograph is kept at its native size
SAME_PHOTO = 6  # bits of the difference hash
FONTS_A_FAMILY = 4
FONTS_A_SOURCE = 48
ICONS_A_FONT = 700
SPRITES_A_SOURCE = 800


def clone(source: Source, folder: Path) -> None:
    """The folders of a repository that hold its photographs, at the source's commit, and no more than that needs."""
    working = folder.with_name(f"{folder.name}.part")
    shutil.rmtree(working, ignore_errors=True)  # of a clone that was cut off
    wanted = sorted({photo.member.split("/")[0] for photo in photos() if photo.package == source.package})
    inside = ["git", "-C", str(working)]
    for command in (
        ["git", "clone", "--filter=blob:none", "--no-checkout", f"{GITHUB}/{source.package}.git", str(working)],
        [*inside, "sparse-checkout", "set", *wanted],
        [*inside, "checkout", "--quiet", source.version],
    ):
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    working.rename(folder)


def download(source: Source, archives: Path, unpacked: Path) -> Path:
    """The folder that the package unpacks to. Raises SystemExit where the machine cannot fetch it.

    Lessons are not needed: without them a line says so, and the folder is missing.
    """
    folder = unpacked / source.package
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    if source.registry == "github":
        try:
            clone(source, folder)
        except (OSError, subprocess.CalledProcessError) as failure:
            print(f"fewer photographs to learn from: cannot clone {source.package} ({failure})", file=sys.stderr)
        return folder
    archives.mkdir(parents=True, exist_ok=True)
    pattern = f"{source.package}_*.deb" if source.registry == "debian" else f"{source.package.replace('-', '_')}-*.whl"
    command = {
        "debian": ["apt-get", "download", source.package],
        "pypi": [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", source.package],
    }[source.registry]
    if not list(archives.glob(pattern)):
        try:
            subprocess.run(command, cwd=archives, check=True, stdout=subprocess.DEVNULL)
        except (OSError, subprocess.CalledProcessError) as failure:
            raise SystemExit(
                f"cannot fetch {source.package} ({failure}): run this where `{command[0]}` works"
            ) from None
    archive = max(archives.glob(pattern), key=lambda path: path.stat().st_mtime)
    working = folder.with_suffix(".part")
    if source.registry == "debian":
        subprocess.run(["dpkg-deb", "-x", str(archive), str(working)], check=True)
    else:
        zipfile.ZipFile(archive).extractall(working)
    working.rename(folder)
    return folder


@cache
def _bytes(path: Path) -> bytes:
    return path.read_bytes()


def open_photo(photo: Photo, unpacked: Path) -> Image.Image:
    """The photograph at its native size; one inside a resource file is read from its byte offset."""
    member, _, offset = photo.member.partition(" @ byte ")
    path = unpacked / photo.package / member
    picture = Image.open(io.BytesIO(_bytes(path)[int(offset) :]) if offset else path)
    return picture.convert("RGB")


def reduced(picture: Image.Image, short_side: int) -> Image.Image:
    """The picture with at most that short side."""
    scale = short_side / min(picture.size)
    if scale >= 1:
        return picture
    return picture.resize((round(picture.width * scale), round(picture.height * scale)), Image.Resampling.LANCZOS)


def gather_photos(unpacked: Path, native: Path, parts: dict[Split, Pack]) -> None:
    """Photographs into their splits, each once; large test photographs also as they are, into `native`."""
    seen: list[str] = []
    for photo in photos():
        if photo.package in train_only_packages() and not (unpacked / photo.package).is_dir():
            continue  # `download` has said so, once for all of them
        try:
            picture = open_photo(photo, unpacked)
        except OSError:  # another version of the package, where it lies elsewhere
            print(f"left out: {photo.key} is not there", file=sys.stderr)
            continue
        code = difference_hash(picture)
        if hash_distance(code, photo.dhash) > SAME_PHOTO:
            print(f"left out: {photo.key} is another picture than the table says", file=sys.stderr)
            continue
        if any(hash_distance(code, other) <= SAME_PHOTO for other in seen):
            print(f"left out: {photo.key} is there already", file=sys.stderr)
            continue
        seen.append(code)
        split = photo.split
        if split == "test" and picture.width * picture.height >= LARGE:
            native.mkdir(parents=True, exist_ok=True)
            picture.save(native / f"{photo.package}-{photo.name}.jpg", quality=95, subsampling=0)
        pixels = np.asarray(reduced(picture, TRAIN_ONLY_SIDE if photo.package in train_only_packages() else SHORT_SIDE))
        parts[split].photos.append(PackedPhoto(photo.key, pixels, photo.author, photo.licence))


def _files(source: Source, folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob(source.members) if not path.is_symlink())


def gather_fonts(source: Source, folder: Path, parts: dict[Split, Pack]) -> None:
    """Fonts into their splits by family, so that a family's weights stay together."""
    families: Counter[str] = Counter()
    paths = _files(source, folder)
    for path in paths[:: -(-len(paths) // FONTS_A_SOURCE)]:
        font = ImageFont.truetype(str(path), 96)
        family, style = font.getname()
        family = (family or path.stem).split()[0]
        if families[family] >= FONTS_A_FAMILY:
            continue
        atlas = draw_atlas(f"{family} {style}", font)
        if atlas is not None:
            families[family] += 1
            parts[split_of(f"font/{family}")].atlases.append(atlas)


def gather_icons(source: Source, folder: Path, parts: dict[Split, Pack]) -> None:
    """Symbols of the package's first font that has any, from the places where letters do not stand."""
    for path in _files(source, folder):
        font = ImageFont.truetype(str(path), 96)
        missing = draw_icon(font, "\uffff")
        found = 0
        for code in [*range(0xE000, 0xF8FF), *range(0x2190, 0x2BFF), *range(0x1F300, 0x1F6FF)]:
            icon = draw_icon(font, chr(code)) if found < ICONS_A_FONT else None
            if icon is not None and not (missing is not None and np.array_equal(icon, missing)):
                found += 1
                parts[split_of(f"icon/{source.package}/{code:x}")].icons.append(icon)
        if found:
            return  # the package's other files are weights of the same symbols


def _square(picture: Image.Image) -> np.ndarray | None:
    """RGBA, cropped to what is not transparent, centred in SPRITE x SPRITE."""
    picture = picture.convert("RGBA")
    box = Image.fromarray(np.asarray(picture)[..., 3] > 16).getbbox()
    if box is None or max(box[2] - box[0], box[3] - box[1]) < 48:
        return None
    picture = picture.crop(box)
    picture.thumbnail((SPRITE, SPRITE), Image.Resampling.LANCZOS)
    cell = Image.new("RGBA", (SPRITE, SPRITE))
    cell.paste(picture, ((SPRITE - picture.width) // 2, (SPRITE - picture.height) // 2))
    pixels = np.asarray(cell)
    return pixels if 0.05 < (pixels[..., 3] > 16).mean() < 0.97 else None


def _emoji(path: Path) -> list[tuple[str, Image.Image]]:
    font = ImageFont.truetype(str(path), 109)  # the one size of its bitmaps
    pictures = []
    for code in [*range(0x1F300, 0x1F650), *range(0x1F680, 0x1F700), *range(0x1F900, 0x1FA00)]:
        cell = Image.new("RGBA", (160, 160))
        ImageDraw.Draw(cell).text((8, 8), chr(code), font=font, embedded_color=True)
        pictures.append((f"{code:x}", cell))
    return pictures


def gather_sprites(source: Source, folder: Path, parts: dict[Split, Pack]) -> None:
    """Coloured pictures with alpha, evenly picked where there are many."""
    paths = _files(source, folder)
    if paths and paths[0].suffix == ".ttf":
        pictures = _emoji(paths[0])
    else:
        pictures = [(path.stem, Image.open(path)) for path in paths[:: -(-len(paths) // SPRITES_A_SOURCE)]]
    for name, picture in pictures:
        sprite = _square(picture)
        if sprite is not None:
            parts[split_of(f"sprite/{source.package}/{name}")].sprites.append(sprite)


def fetch(folder: Path) -> Path:
    """Downloads into FOLDER/cache, writes FOLDER/alphablend.zip and FOLDER/native; gives the pack's path."""
    unpacked = folder / "cache" / "unpacked"
    unpacked.mkdir(parents=True, exist_ok=True)
    parts: dict[Split, Pack] = {split: Pack() for split in SPLITS}
    gather = {"fonts": gather_fonts, "icons": gather_icons, "sprites": gather_sprites}
    for source in sources():
        place = download(source, folder / "cache" / "archives", unpacked)
        if source.role in gather:
            gather[source.role](source, place, parts)
        print(f"{source.role}: {source.package}", flush=True)
    gather_photos(unpacked, folder / "native", parts)
    path = folder / "alphablend.zip"
    write_pack(path, parts)
    for split, part in parts.items():
        counts = f"{len(part.photos)} photographs, {len(part.atlases)} fonts"
        print(f"{split}: {counts}, {len(part.icons)} icons, {len(part.sprites)} sprites")
    print(f"{path}: {path.stat().st_size / 2**20:.1f} MiB")
    return path


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="python -m model.alphablend.fetch", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--into", type=Path, default=Path("data"), help="folder to work in (default: data)")
    fetch(parser.parse_args(arguments).into)


if __name__ == "__main__":
    main()
