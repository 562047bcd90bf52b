from __future__ import annotations

import io
import subprocess
from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from model.alphablend import fetch
from model.alphablend.examples import EXAMPLES
from model.alphablend.pack import Pack, PackedPhoto, read_pack, write_pack
from model.alphablend.sources import (
    CLEAR_LICENCES,
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

Procedural = Callable[[int], np.ndarray]


def test_the_split_is_fixed_for_ever() -> None:
    known = {"a": "train", "b": "train", "f": "test", "font/Lato": "train", "font/Inter": "train"}
    assert {key: split_of(key) for key in known} == known


def test_every_split_has_its_share_of_photographs() -> None:
    counted = [p for p in photos() if p.package not in train_only_packages()]
    shares = {split: sum(p.split == split for p in counted) / len(counted) for split in SPLITS}
    assert 0.65 < shares["train"] < 0.8
    assert shares["validation"] > 0.07
    assert shares["test"] > 0.12


def test_photographs_for_training_alone_never_reach_the_test_split() -> None:
    found = [p for p in photos() if p.package in train_only_packages()]
    assert len(found) > 200
    assert {p.split for p in found} == {"train"}
    assert any(split_of(p.key) == "test" for p in found)


def test_no_photograph_stands_twice_in_the_table() -> None:
    assert all(hash_distance(a.dhash, b.dhash) > fetch.SAME_PHOTO for a, b in combinations(photos(), 2))
    assert len({p.key for p in photos()}) == len(photos())


def test_the_tables_are_complete() -> None:
    assert all(p.licence not in ("", "-") and p.package in {s.package for s in sources()} for p in photos())
    assert all(s.registry in ("debian", "pypi", "github") and s.licence for s in sources())
    assert {s.role for s in sources()} == {"photos", "lessons", "fonts", "icons", "sprites"}


def test_a_photograph_is_recognised_at_another_size(procedural: Procedural) -> None:
    picture = Image.fromarray(procedural(1))
    other = Image.fromarray(procedural(2))
    small = picture.resize((130, 90), Image.Resampling.BICUBIC)
    assert hash_distance(difference_hash(picture), difference_hash(small)) <= fetch.SAME_PHOTO
    assert hash_distance(difference_hash(picture), difference_hash(other)) > fetch.SAME_PHOTO


def test_a_photograph_is_read_from_inside_a_resource_file(procedural: Procedural, tmp_path: Path) -> None:
    held = io.BytesIO()
    Image.fromarray(procedural(4)).save(held, "PNG")
    (tmp_path / "things").mkdir()
    (tmp_path / "things" / "all.rcc").write_bytes(b"qres" + bytes(97) + held.getvalue() + b"more")
    photo = Photo("things", "all.rcc @ byte 101", "260x180", "0", "-", "-", "CC0-1.0")
    assert np.array_equal(np.asarray(fetch.open_photo(photo, tmp_path)), procedural(4))


def test_a_repository_is_cloned_at_its_commit_and_only_where_its_photographs_are(
    procedural: Procedural, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    origin = tmp_path / "hub" / "someone" / "pictures.git"
    (origin / "kept").mkdir(parents=True)
    (origin / "other").mkdir()
    Image.fromarray(procedural(1)).save(origin / "kept" / "one.png")
    (origin / "other" / "large.bin").write_bytes(bytes(99))

    def git(*words: str) -> str:
        names = ("-c", "user.name=n", "-c", "user.email=e@example.org")
        return subprocess.run(["git", *names, *words], cwd=origin, check=True, capture_output=True, text=True).stdout

    git("init", "--quiet")
    git("add", ".")
    git("commit", "--quiet", "-m", "pictures")
    commit = git("rev-parse", "HEAD").strip()
    (origin / "kept" / "later.txt").write_text("not at that commit")
    git("add", ".")
    git("commit", "--quiet", "-m", "more")
    monkeypatch.setattr(fetch, "GITHUB", (tmp_path / "hub").as_uri())
    monkeypatch.setattr(fetch, "photos", lambda: [Photo("someone/pictures", "kept/one.png", "-", "0", "-", "-", "-")])
    source = Source("someone/pictures", "github", "lessons", commit, "CC0-1.0", "PHOTOS.tsv")
    folder = fetch.download(source, tmp_path / "archives", tmp_path / "unpacked")
    assert folder == tmp_path / "unpacked" / "someone" / "pictures"
    assert {path.name for path in folder.glob("*/*") if ".git" not in path.parts} == {"one.png"}
    missing = Source("someone/gone", "github", "lessons", commit, "CC0-1.0", "PHOTOS.tsv")
    assert not fetch.download(missing, tmp_path / "archives", tmp_path / "unpacked").exists()
    assert "fewer photographs to learn from: cannot clone someone/gone" in capsys.readouterr().err


def test_doubtful_and_double_photographs_are_left_out(
    procedural: Procedural, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "p").mkdir()
    rows = []
    for name, number, code in (("one", 1, None), ("twin", 1, None), ("changed", 2, "0" * 16)):
        picture = Image.fromarray(procedural(number))
        picture.save(tmp_path / "p" / f"{name}.png")
        rows.append(Photo("p", f"{name}.png", "260x180", code or difference_hash(picture), "-", "-", "CC0-1.0"))
    rows.append(Photo("p", "gone.png", "260x180", "0" * 16, "-", "-", "CC0-1.0"))
    monkeypatch.setattr(fetch, "photos", lambda: rows)
    parts: dict[Split, Pack] = {split: Pack() for split in SPLITS}
    fetch.gather_photos(tmp_path, tmp_path / "native", parts)
    assert [p.key for part in parts.values() for p in part.photos] == ["p/one.png"]
    assert "there already" in (said := capsys.readouterr().err)
    assert "another picture" in said
    assert "not there" in said


def test_the_pack_keeps_what_was_put_in(procedural: Procedural, pack: Path) -> None:
    kept = read_pack(pack, "test")
    assert [p.key for p in kept.photos] == ["test-0", "test-1", "test-2"]
    assert np.abs(kept.photos[0].pixels.astype(int) - procedural(20)).mean() < 4
    assert kept.icons
    assert all(icon.dtype == bool and icon.shape == (256, 256) for icon in kept.icons)
    assert "A" in kept.atlases[0].glyphs
    assert kept.sprites[0].shape == (128, 128, 4)


def test_a_failed_write_leaves_the_old_pack(tmp_path: Path) -> None:
    path = tmp_path / "pack.zip"
    write_pack(path, {split: Pack() for split in SPLITS})
    before = path.read_bytes()
    broken = Pack(photos=[PackedPhoto("x", np.zeros((4, 4, 3)))])  # floats: JPEG cannot hold them
    with pytest.raises(TypeError):
        write_pack(path, {"train": broken})
    assert path.read_bytes() == before


def test_sprites_are_cropped_and_centred() -> None:
    picture = Image.new("RGBA", (300, 300))
    picture.paste((9, 200, 30, 255), (40, 60, 240, 160))
    square = fetch._square(picture)
    assert square is not None
    assert square.shape == (128, 128, 4)
    rows, columns = np.nonzero(square[..., 3])
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (32, 95, 0, 127)
    assert fetch._square(Image.new("RGBA", (50, 50))) is None


def test_example_pictures_may_be_shown_and_were_never_trained_on() -> None:
    table = {photo.name: photo for photo in photos()}
    folder = Path(__file__).parents[3] / "examples"
    origin = (folder / "ORIGIN.md").read_text(encoding="utf-8")
    assert {path.stem for path in folder.glob("*.jpg")} == {example.file for example in EXAMPLES}
    for example in EXAMPLES:
        photo = table[example.photo]
        assert photo.licence in CLEAR_LICENCES
        assert photo.split == "test"
        assert f"| {example.file}.jpg | {example.subtype} | {photo.name} | {photo.author} | {photo.licence} |" in origin
        assert (folder / f"{example.file}.jpg").stat().st_size < 250_000
