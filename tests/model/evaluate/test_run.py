"""An evaluation from triplets to table, sheets and policy, at tiny size."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from model.errors import InvalidRequest
from model.evaluate import metrics, sheet
from model.evaluate.calibrate import policy
from model.evaluate.methods import BASELINES, layer_of, method_named
from model.evaluate.run import evaluate, main
from model.evaluate.tables import calibration, summaries
from model.evaluate.triplets import CLEAN, ROWS, from_folder, from_generator
from model.types import BlendType, Decomposition, Kind, Layer, Options, Provenance


def test_the_generators_pictures_are_the_same_every_time(pack):
    one, other = ([*from_generator(pack, "text", 2, 96, 3, "test")] for _ in range(2))
    assert [t.name for t in one] == ["text-000", "text-001"]
    assert np.array_equal(one[1].composite, other[1].composite)
    assert one[0].kind is Kind.WATERMARK
    again = one[0].emission + one[0].transmission * (one[0].background / 255)
    assert np.abs(again.clip(0, 1) * 255 - one[0].composite).mean() < 4


def test_a_clean_picture_is_its_own_truth(pack):
    (clean,) = from_generator(pack, CLEAN, 1, 96, 3, "test")
    assert np.array_equal(clean.composite, clean.background)
    assert clean.blend is None
    assert clean.alpha.max() == 0


def test_every_kind_has_a_row():
    assert {kind for _, kind in ROWS.values()} == {*Kind, None}


def test_telling_the_outline_helps_and_unchanged_is_the_measure(triplet):
    methods = {"unchanged": BASELINES["unchanged"], "classic:hint": method_named("classic:hint")}
    outcomes = [*evaluate([triplet(number=n) for n in (1, 2, 3)], methods)]
    by_name = {s.method: s for s in summaries(outcomes)}
    assert by_name["unchanged"].ratio == 1
    assert by_name["classic:hint"].ratio is not None
    assert by_name["classic:hint"].ratio < 0.6
    assert by_name["classic:hint"].recomposition_error == 0
    assert by_name["unchanged"].alpha_error is None
    assert 0 <= calibration(outcomes)["classic:hint"] <= 1


def test_a_baseline_stays_away_where_it_has_nothing_to_say(triplet):
    assert BASELINES["dark channel"](triplet()) is None
    assert BASELINES["opening+median"](triplet()) is None
    assert BASELINES["inpainting"](triplet()) is not None


def test_the_true_layers_leave_next_to_nothing(triplet):
    known = triplet()
    answer = BASELINES["true layers"](known)
    assert answer is not None
    before, after = (metrics.rmse(a, known.background) for a in (known.composite, answer.background))
    assert after < 0.2 * before


def test_all_foregrounds_together_are_one_emission_and_transmission():
    pixels = np.zeros((2, 2, 4), np.uint8)
    pixels[...] = (255, 255, 255, 51)
    shade = np.zeros((2, 2, 4), np.uint8)
    shade[...] = (0, 0, 0, 255)
    background = Layer("Background", np.zeros((2, 4, 3), np.uint8))
    layers = (background, Layer("a", pixels), Layer("b", shade, offset=(2, 0), blend=BlendType.MULTIPLY))
    provenance = Provenance("classic", Options(), 0, None, None, 1, 1, 0)
    emission, transmission = layer_of(Decomposition((4, 2), layers, provenance))
    assert emission[0, :, 0] == pytest.approx([0.2, 0.2, 0, 0])
    assert transmission[0, :, 0] == pytest.approx([0.8, 0.8, 0, 0])


def evaluated_by(workers: int, pack, out) -> Path:
    arguments = ["--data", str(pack), "--engines", "classic:kind", "--rows", "fog,none", "--count", "2"]
    assert main([*arguments, "--short-side", "96", "--workers", str(workers), "--out", str(out)]) == 0
    return out


@pytest.fixture(scope="module")
def evaluated(pack, tmp_path_factory):
    return evaluated_by(1, pack, tmp_path_factory.mktemp("evaluation"))


def test_two_processes_measure_the_same(evaluated, pack, tmp_path):
    def figures(folder: Path) -> list[dict]:
        outcomes = json.loads((folder / "evaluation.json").read_text())["outcomes"]
        return [{name: value for name, value in one.items() if name != "seconds"} for one in outcomes]

    assert figures(evaluated_by(2, pack, tmp_path)) == figures(evaluated)
    assert (tmp_path / "none.jpg").read_bytes() == (evaluated / "none.jpg").read_bytes()


def test_the_command_writes_table_numbers_and_sheets(evaluated):
    report = json.loads((evaluated / "evaluation.json").read_text())
    assert {s["method"] for s in report["summaries"]} >= {"unchanged", "dark channel", "classic:kind"}
    assert all(o["recomposition_error"] in (0, None) for o in report["outcomes"])
    table = (evaluated / "evaluation.md").read_text()
    assert "| fog | classic:kind | 2 |" in table
    for row in ("fog", "none"):
        with Image.open(evaluated / f"{row}.jpg") as picture:
            assert picture.width > 3 * 240


def test_a_folder_of_triplets_is_measured_as_well(triplet, tmp_path):
    t = triplet()
    x = np.zeros((*t.composite.shape[:2], 4), np.uint8)
    x[20:50, 20:70] = (230, 102, 51, 128)
    for part, pixels in (("z", t.composite), ("x", x), ("y", t.background)):
        (tmp_path / part).mkdir()
        Image.fromarray(pixels).save(tmp_path / part / "one.png")
    (found,) = from_folder(tmp_path)
    assert np.array_equal(found.composite, t.composite)
    assert found.alpha.max() == pytest.approx(128 / 255)


def test_an_incomplete_folder_is_refused_by_name(tmp_path):
    with pytest.raises(InvalidRequest, match="no pictures in z"):
        next(from_folder(tmp_path))
    (tmp_path / "z").mkdir()
    Image.new("RGB", (4, 4)).save(tmp_path / "z" / "lonely.png")
    with pytest.raises(InvalidRequest, match="lonely"):
        next(from_folder(tmp_path))


def test_an_engine_can_only_be_told_what_exists():
    with pytest.raises(InvalidRequest, match="hint, strokes, kind, blend, colour"):
        method_named("classic:everything")


def outcome(kind, name, ratio):
    return {"kind": kind, "method": name, "ratio": ratio}


def test_the_policy_hands_over_what_others_do_better(tmp_path):
    rows = [("fog", 0.8, 0.5), ("rain", 0.6, 0.7), ("glass", 1.2, 1.0)]
    outcomes = [
        outcome(kind, n, r) for kind, *both in rows for n, r in zip(("nano", "classic:kind"), both, strict=True)
    ]
    path = tmp_path / "evaluation.json"
    path.write_text(json.dumps({"outcomes": [*outcomes, outcome(None, "nano", None)]}))
    assert policy.main([str(path), "--out", str(tmp_path / "calibration.json")]) == 0
    written = json.loads((tmp_path / "calibration.json").read_text())
    assert written["policy"] == {"fog": "classic", "glass": "leave"}


def test_a_policy_needs_both_to_have_run():
    with pytest.raises(InvalidRequest, match="fog"):
        policy.choose([outcome("fog", "nano", 0.5)])


def test_a_sheet_of_any_pictures_is_written(triplet, tmp_path):
    path = tmp_path / "picture.png"
    Image.fromarray(triplet().composite).save(path)
    assert sheet.main([str(path), "--engine", "classic", "-o", str(tmp_path / "sheet.jpg")]) == 0
    with Image.open(tmp_path / "sheet.jpg") as picture:
        assert picture.width > 4 * 240
