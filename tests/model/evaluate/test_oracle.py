"""What an evaluation tells an engine, and whether candidates are alternatives."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from model.errors import InvalidRequest
from model.evaluate.latent_samples import SAMPLES, LatentSamples, measure, table
from model.evaluate.oracle import hint_for, options_for, true_mask
from model.evaluate.run import main
from model.evaluate.triplets import from_photographs
from model.types import BlendType, Candidate, Estimate, Kind, Options, Request, Tick


def test_strokes_are_a_little_of_the_mask(triplet):
    made = triplet()
    mask, strokes = hint_for("hint", made), hint_for("strokes", made)
    assert mask is not None
    assert strokes is not None
    assert np.array_equal(mask, true_mask(made))
    assert 0 < strokes.astype(bool).sum() < 0.6 * mask.astype(bool).sum()
    assert not strokes[mask == 0].any()
    again = hint_for("strokes", made)
    assert again is not None
    assert np.array_equal(strokes, again)
    assert hint_for("kind", made) is None


@pytest.mark.parametrize("blend", [BlendType.NORMAL, BlendType.SCREEN, BlendType.ADD])
def test_the_colour_given_is_the_layers(triplet, blend):
    options = options_for("colour", triplet(blend), Options())
    brightest = 1.0 if blend is BlendType.NORMAL else 0.9  # of light alone the canonical colour is as bright as can be
    assert options.colour == pytest.approx([c / brightest for c in (0.9, 0.4, 0.2)], abs=0.01)
    assert options_for("kind", triplet(), Options()).kind is Kind.WATERMARK
    assert options_for("", triplet(), Options()) == Options()


def test_the_colour_of_a_layer_that_only_darkens_is_what_it_lets_through(triplet):
    colour = options_for("colour", triplet(BlendType.MULTIPLY, opacity=1.0), Options()).colour
    assert colour == pytest.approx((0.9, 0.4, 0.2), abs=0.02)


class Opinions:
    """An engine that knows the truth, and how wrong each of its candidates is about the opacity."""

    name = "nano"

    def __init__(self, truth: Estimate, factors: tuple[float, ...]) -> None:
        self.truth, self.factors = truth, factors

    def estimate(self, request: Request, tick: Tick) -> list[Candidate]:
        layers = [
            replace(self.truth, emission=f * self.truth.emission, transmission=1 - f * (1 - self.truth.transmission))
            for f in self.factors
        ]
        return [Candidate((layer,), None, 0, 1.0, self.name, Kind.WATERMARK) for layer in layers]


def measured_with(made, factors):
    height, width = made.alpha.shape
    truth = Estimate(made.emission, made.transmission, made.alpha, BlendType.NORMAL, 1.0, (0, 0, width, height))
    return measure(made, Opinions(truth, factors))


def test_the_best_of_several_answers_is_told_from_a_single_one(triplet):
    found = measured_with(triplet(), (0.8, 0.6, 0.7, 1.0, 1.2))
    assert found is not None
    assert len(found.samples) == SAMPLES
    assert min(found.samples) < found.zero_latent < max(found.samples)
    assert found.ambiguous
    assert found.spread_inside > 3
    assert found.spread_outside == 0
    assert "| made | 1 |" in table([found])
    assert "| made, ambiguous | 1 |" in table([found])


def test_equal_answers_are_no_alternatives_and_one_answer_is_not_measure(triplet):
    found = measured_with(triplet(), (0.8,) * 5)
    assert isinstance(found, LatentSamples)
    assert not found.ambiguous
    assert measured_with(triplet(), (0.8,)) is None


@pytest.fixture
def photographs(tmp_path: Path) -> Path:
    rows, columns = np.mgrid[0:300, 0:400]
    pixels = np.stack([rows / 2, columns / 2, (rows + columns) / 4], -1).astype(np.uint8)
    Image.fromarray(pixels).save(tmp_path / "large.jpg")
    Image.fromarray(pixels[:50, :50]).save(tmp_path / "small.jpg")
    return tmp_path


def test_photographs_of_ones_own_are_measure_at_several_sizes(pack, photographs):
    (found,) = from_photographs(pack, photographs, "fog", 0.06, seed=1)
    assert found.row == "fog at 0.06 MP"
    assert found.composite.shape == (212, 283, 3)
    with pytest.raises(InvalidRequest, match="no JPEG of 24 megapixels"):
        next(from_photographs(pack, photographs, "fog", 24, seed=1))


def test_the_command_measures_large_photographs(pack, photographs):
    out = photographs / "out"
    arguments = ["--data", str(pack), "--engines", "classic:kind", "--rows", "fog", "--no-baselines"]
    chosen = ["--photographs", str(photographs), "--megapixels", "0.02,0.06", "--out", str(out)]
    assert main([*arguments, *chosen]) == 0
    text = (out / "evaluation.md").read_text()
    assert "| fog at 0.02 MP | classic:kind | 1 |" in text
    assert "| fog at 0.06 MP | classic:kind | 1 |" in text
