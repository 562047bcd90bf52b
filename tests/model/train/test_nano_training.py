"""The training loop at tiny size: it learns, stops, keeps what it needs and goes on where it was."""

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("onnx")

from PIL import ImageFont  # noqa: E402

from model.alphablend.glyphs import draw_atlas, draw_icon  # noqa: E402
from model.alphablend.pack import Pack, PackedPhoto, write_pack  # noqa: E402
from model.alphablend.sources import SPLITS  # noqa: E402
from model.nano.network import NanoParams  # noqa: E402
from model.nano.session import Network  # noqa: E402
from model.train import nano  # noqa: E402
from model.train.checkpoint import load_network  # noqa: E402
from model.train.curriculum import COURSES, Course, stage  # noqa: E402


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Noise photographs and Pillow's own font, through the code that makes the real pack."""
    font = ImageFont.load_default(size=64)
    assert isinstance(font, ImageFont.FreeTypeFont)
    atlas, icon = draw_atlas("default", font), draw_icon(font, "&")
    assert atlas is not None
    assert icon is not None
    dice = np.random.default_rng(0)
    photos = [PackedPhoto(f"photo-{i}", dice.integers(0, 255, (160, 200, 3), np.uint8)) for i in range(2)]
    sprite = dice.integers(0, 255, (128, 128, 4), np.uint8)
    path = tmp_path_factory.mktemp("nano") / "pack.zip"
    write_pack(path, {split: Pack(photos, [atlas], [icon], [sprite]) for split in SPLITS})
    return path


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """No validation: the pack of noise has nothing to measure."""
    monkeypatch.setattr(nano, "validate", lambda network, source, course, looks, count: {"text": 0.5})


def plan(pack: Path, out: Path, steps: int, course: str = "marks") -> nano.Plan:
    """The real loop on a tiny network."""
    tiny = NanoParams(widths=(8, 12, 16), encoder=(1, 1, 1), decoder=(1, 1), embedding=8)
    return nano.Plan(
        pack, out, replace(COURSES[course], params=tiny), course, minutes=5, steps=steps, batch=4, log_every=2
    )


def test_a_run_leaves_a_checkpoint_a_curve_and_a_graph_that_runs(pack: Path, tmp_path: Path) -> None:
    nano.train(plan(pack, tmp_path, steps=4))
    network, state = load_network(tmp_path / "checkpoint.pt", torch.device("cpu"))
    assert (state["step"], state["samples"]) == (4, 16)
    assert network.params.widths == (8, 12, 16)
    with (tmp_path / "curve.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["step"] for row in rows] == ["2", "4"]
    assert Network(tmp_path / "marks.onnx", threads=1).session.get_inputs()[0].name == "picture"


def test_a_run_goes_on_from_a_checkpoint_and_from_a_graph(pack: Path, tmp_path: Path) -> None:
    nano.train(plan(pack, tmp_path, steps=2))
    onward = replace(plan(pack, tmp_path / "b", steps=1), resume=tmp_path / "checkpoint.pt")
    trainer = nano.start(onward, rank=0)
    assert trainer.step == 2
    assert trainer.optimiser.state_dict()["state"]
    nano.train(onward)
    _, state = load_network(tmp_path / "b" / "checkpoint.pt", torch.device("cpu"))
    assert state["step"] == 3
    shipped = nano.start(replace(onward, resume=tmp_path / "marks.onnx"), rank=0)
    assert shipped.samples > COURSES["marks"].stages[-2].until


def test_the_rate_warms_up_stays_and_cools_to_nothing() -> None:
    assert nano.rate_factor(0, 0, 0.0) == pytest.approx(0.01)
    assert nano.rate_factor(500, 0, 0.5) == 1
    assert nano.rate_factor(500, 0, 1.0) == pytest.approx(0, abs=1e-9)


def test_veils_are_learned_from_whole_pictures(pack: Path, tmp_path: Path) -> None:
    nano.train(plan(pack, tmp_path, steps=2, course="veils"))
    assert Network(tmp_path / "veils.onnx", threads=1)


@pytest.mark.parametrize("course", COURSES.values(), ids=list(COURSES))
def test_every_course_starts_strong_and_never_ends(course: Course) -> None:
    assert stage(course, 0).strength[0] > stage(course, 10**9).strength[0]
    assert all("none" in s.kinds for s in course.stages)
    assert sum(share for share, _ in course.sizes) == pytest.approx(1)
