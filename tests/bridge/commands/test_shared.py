"""`decompose --shared`: files in, layered files and the overlay itself out."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from bridge.cli import main
from bridge.formats import read_composite, read_layers, read_overlay
from bridge.shared import OVERLAY_NAME
from model.blending import recompose
from model.types import Decomposition, Layer, Options, Provenance

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"
WIDTH, HEIGHT = 120, 80
PROVENANCE = Provenance("shared", Options(), 0, None, None, 1.0, 0.0, 0)


@pytest.fixture(autouse=True)
def no_daemon(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("DIFFDECOMPOSE_HOME", str(tmp_path_factory.mktemp("home")))


def views() -> list[np.ndarray]:
    """Sixteen different small photographs, uint8 H x W x 3 (BGR)."""
    out = []
    for path in sorted(EXAMPLES.glob("*.jpg"))[:8]:
        whole = cv2.imread(str(path))
        assert whole is not None
        for part in (whole[:, : whole.shape[1] // 2], whole[::-1, whole.shape[1] // 2 :]):
            out.append(cv2.resize(part, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA))
    return out


def stamped(photo: np.ndarray) -> np.ndarray:
    """With white letters at an opacity of 0.7."""
    shape = np.zeros((HEIGHT, WIDTH), np.uint8)
    cv2.putText(shape, "ABC", (12, 60), cv2.FONT_HERSHEY_DUPLEX, 1.6, 255, 5, cv2.LINE_AA)
    alpha = 0.7 * shape[..., None].astype(np.float32) / 255
    return np.rint((1 - alpha) * photo + alpha * 255).astype(np.uint8)


def run(*words) -> int:
    return main(["decompose", *map(str, words), "--shared", "--workers", "1"])


def test_pictures_of_each_size_are_taken_apart_together_and_the_overlay_is_written(tmp_path, capsys):
    source = tmp_path / "in"
    source.mkdir()
    photos = views()
    for number, photo in enumerate(photos[:9]):
        cv2.imwrite(str(source / f"{number}.png"), stamped(photo))
    for number in (9, 10):
        cv2.imwrite(str(source / f"{number}.png"), stamped(photos[number])[:-8])
    (source / "broken.png").write_bytes(b"no picture")
    assert run(source, "-o", tmp_path / "out", "--json") == 3
    told, errors = capsys.readouterr()
    done = {Path(one["input"]).name: one for one in map(json.loads, told.splitlines()) if "outputs" in one}
    assert len(done) == 11
    assert "broken.png" in errors
    assert "9 pictures of 120 x 80 share an overlay" in errors
    assert "2 pictures of 120 x 72: at least 3" in errors
    for name, one in done.items():
        (layered,) = map(Path, one["outputs"])
        assert one["recomposition_error"] == 0
        composite = read_composite(source / name).pixels
        layers = tuple(node for node in read_layers(layered).layers if isinstance(node, Layer))
        stacked = recompose(Decomposition(composite.shape[1::-1], layers, PROVENANCE))
        assert np.array_equal(stacked, composite)
        assert len(layers) == (2 if composite.shape[0] == HEIGHT else 1)
    overlay = read_overlay(tmp_path / "out" / f"{OVERLAY_NAME}-120x80-uint8.png")
    opaque = overlay[..., 3] > 160
    assert opaque.any()
    assert np.median(overlay[opaque][:, :3]) > 235


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["one.png", "-o", "one.psd"], "--shared needs several pictures"),
        (["one.png", "two.png", "-o", "out", "--overlay", "one.png"], "leave out --overlay"),
    ],
)
def test_what_cannot_be_shared_is_refused_in_one_line(words, expected, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for name in ("one.png", "two.png"):
        cv2.imwrite(name, views()[0])
    assert run(*words) == 2
    assert expected in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) in (["one.png", "two.png"], ["one.png", "out", "two.png"])
