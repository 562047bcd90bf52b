"""The last word on confidence comes from whole answers."""

import json
from pathlib import Path

import numpy as np
import pytest

from model.evaluate.confidence import main, refined


def outcomes(n: int, say: float, right: float, nothing: bool) -> list[dict]:
    """n answers, all given with confidence `say`, of which that share was right."""
    blend = None if nothing else "normal"
    return [
        {
            "contestant": "nano", "row": "text", "blend_visible": True, "confidence": say, "blend": blend,
            "true_blend": blend if i < right * n else "screen",
        }
        for i in range(n)
    ]  # fmt: skip


def probability(coefficients: list[float], confidence: float, nothing: bool) -> float:
    bias, slope, step = coefficients
    return float(1 / (1 + np.exp(-bias - slope * np.log(confidence / (1 - confidence)) - step * nothing)))


def test_an_overconfident_engine_is_told_so() -> None:
    seen = outcomes(200, 0.9, 0.7, False) + outcomes(200, 0.6, 0.5, False) + outcomes(200, 0.8, 0.4, True)
    found = refined([0.0, 1.0, 0.0], seen)
    assert probability(found, 0.9, False) == pytest.approx(0.7, abs=0.02)
    assert probability(found, 0.6, False) == pytest.approx(0.5, abs=0.02)
    assert probability(found, 0.8, True) == pytest.approx(0.4, abs=0.02)


def test_a_second_fit_stands_on_the_first() -> None:
    raw = outcomes(300, 0.9, 0.7, False) + outcomes(300, 0.6, 0.5, False) + outcomes(300, 0.8, 0.4, True)
    first = refined([0.0, 1.0, 0.0], raw)
    shown = [o | {"confidence": probability(first, o["confidence"], o["blend"] is None)} for o in raw]
    assert refined(first, shown) == pytest.approx(first, abs=0.02)


def test_test_pictures_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report, kept = tmp_path / "evaluation.json", tmp_path / "belief.json"
    report.write_text(json.dumps({"description": {"split": "test"}, "outcomes": []}))
    kept.write_text('{"answers": [0.0, 1.0, 0.0]}')
    assert main([str(report), "--out", str(kept)]) == 1
    assert "--split validation" in capsys.readouterr().err
    assert kept.read_text() == '{"answers": [0.0, 1.0, 0.0]}'


def test_it_is_written_beside_the_others(tmp_path: Path) -> None:
    report, kept = tmp_path / "evaluation.json", tmp_path / "belief.json"
    seen = outcomes(200, 0.9, 0.7, False) + outcomes(200, 0.6, 0.5, False) + outcomes(50, 0.8, 0.4, True)
    report.write_text(json.dumps({"description": {"split": "validation"}, "outcomes": seen}))
    kept.write_text('{"types": {}, "answers": [0.0, 1.0, 0.0]}')
    assert main([str(report), "--out", str(kept)]) == 0
    found = json.loads(kept.read_text())
    assert found["types"] == {}
    assert probability(found["answers"], 0.9, False) == pytest.approx(0.7, abs=0.03)
