"""Fit the judge of whole answers: step "judge" of `python -m model.evaluate.calibrate`, the last one.

The engine answers varied composites of every kind, and clean pictures, of validation and training photographs, with
lower thresholds of detection than in use, so that bad answers are among them. A logistic regression over the features
of `model.nano.judge` separates answers that come closer to the background than the composite is from the others; a
second one separates clean pictures from composites in which nothing was found. Writes "judge" and "nothing", but only
where, cross-validated, the judge separates the answers better than the confidence that the engine has without it.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ...decompose import silent
from ...engines.nano import NanoEngine
from ...finish import finish
from ...nano.config import CALIBRATION, JudgeWeights, NanoConfig, load_calibration, save_calibration
from ...nano.judge import answer_features, nothing_features
from ...types import Composite, Request
from .. import metrics
from ..triplets import ROWS, Triplet, from_generator
from .regression import logistic
from .variations import varied

__all__ = ["Judged", "answer_of", "fit_judge", "fit_nothing", "main", "separations"]

FOUND, VEIL = 0.55, 0.65
"""Thresholds of detection while answers are gathered; in use 0.8 and 0.85."""

RIDGE = 1.0
"""Penalty of the judge's weights on standardised features: some twenty features, some hundred answers."""


MIN_GAIN = 0.02
"""Area under the curve by which the judge must be better than the engine's own confidence."""


@dataclass(frozen=True, eq=False)
class Judged:
    """One answer. features: of `answer_features`, None where nothing was found.   confidence: before it is judged.

    nothing: of `nothing_features`.   clean: there is no overlay.   ratio: background RMSE over the composite's, which
    counts as half a level at least.
    """

    features: np.ndarray | None
    confidence: float
    nothing: np.ndarray
    ratio: float
    clean: bool


def answer_of(engine: NanoEngine, composite: np.ndarray, background: np.ndarray, clean: bool) -> Judged | None:
    """The engine's first answer, not judged; None where classic gave it. composite, background: uint8 H x W x 3."""
    request = Request(Composite(composite))
    candidates, detection = engine.propose(request, silent)
    first = candidates[0]
    if detection is None or detection.presence is None or (first.layers and first.engine != engine.name):
        return None
    nothing = nothing_features(detection.presence)
    if not first.layers:
        return Judged(None, first.confidence, nothing, 1.0, clean)
    found = finish(request, first, silent).background.pixels[..., :3]
    before = max(metrics.rmse(composite, background), 0.5)
    features = answer_features(composite, first, detection.confidence, detection.presence)
    return Judged(features, first.confidence, nothing, metrics.rmse(found, background) / before, clean)


def fit_judge(answers: list[Judged]) -> JudgeWeights:
    """Coefficients of `answer_probability`: of standardised features, within the range that was seen."""
    found = [a for a in answers if a.features is not None]
    x = np.array([a.features for a in found])
    low, high = np.percentile(x, [1, 99], axis=0)
    x = x.clip(low, high)
    middle, scale = x.mean(axis=0), np.maximum(x.std(axis=0), 1e-3)
    bias, *weights = logistic((x - middle) / scale, np.array([a.ratio < 1 for a in found]), RIDGE, balanced=False)
    slopes = np.array(weights) / scale
    numbers = (tuple(np.round(values, 4).tolist()) for values in (slopes, low, high))
    return JudgeWeights(round(float(bias - slopes @ middle), 4), *numbers)


def separations(answers: list[Judged], folds: int = 6) -> tuple[float, float]:
    """Area under the curve, right answers against wrong ones: of the judge, cross-validated, and of the confidence."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import StratifiedKFold, cross_val_predict
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    found = [a for a in answers if a.features is not None]
    x, right = np.array([a.features for a in found]), np.array([a.ratio < 1 for a in found])
    model = make_pipeline(StandardScaler(), LogisticRegression(C=1 / RIDGE, max_iter=1000))
    split = StratifiedKFold(folds, shuffle=True, random_state=0)
    judged = np.asarray(cross_val_predict(model, x, right, cv=split, method="predict_proba"))[:, 1]
    return float(roc_auc_score(right, judged)), float(roc_auc_score(right, [a.confidence for a in found]))


def fit_nothing(answers: list[Judged]) -> tuple[float, ...]:
    """Coefficients of `nothing_probability`, from the pictures in which nothing was found."""
    missed = [a for a in answers if a.features is None]
    features, clean = np.array([a.nothing for a in missed]), np.array([a.clean for a in missed])
    return tuple(logistic(features, clean, RIDGE, balanced=False))


def _triplets(pack: Path, rows: list[str], count: int, short_side: int, seed: int) -> Iterator[Triplet]:
    for number, split in enumerate(("validation", "train")):
        for row in rows:
            yield from from_generator(pack, row, count, short_side, seed + number, split)


def main(arguments: list[str] | None = None) -> int:
    """Gather answers, fit, write and print the coefficients."""
    parser = argparse.ArgumentParser(prog="python -m model.evaluate.calibrate judge", description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("data/alphablend.zip"))
    parser.add_argument("--rows", default="text,logo,fog,rain,snow,flare,xray,cell,glass,none,none,none")
    parser.add_argument("--count", type=int, default=16, help="pictures a row and split")
    parser.add_argument("--short-side", type=int, default=360)
    parser.add_argument("--seed", type=int, default=31)
    parser.add_argument("--out", type=Path, default=CALIBRATION, help="calibration file, read and written")
    args = parser.parse_args(arguments)
    calibration = load_calibration(args.out)
    config = NanoConfig(min_confidence=FOUND, min_veil_confidence=VEIL, calibration=calibration)
    engine, rng, answers = NanoEngine(config=config), np.random.default_rng(args.seed), []
    rows = [row for row in args.rows.split(",") if row in ROWS]
    for triplet in _triplets(args.data, rows, args.count, args.short_side, args.seed):
        composite, background = varied(rng, triplet.composite, triplet.background)
        clean = triplet.kind is None
        answer = answer_of(engine, composite, composite if clean else background, clean)
        if answer is not None:
            answers.append(answer)
    judged, confidence = separations(answers)
    print(f"{len(answers)} pictures; area under the curve: judge {judged:.3f}, confidence without it {confidence:.3f}")
    if judged < confidence + MIN_GAIN:
        print("the judge is not better: nothing is written; gather more answers with --count")
        return 1
    found = replace(calibration, judge=fit_judge(answers), nothing=fit_nothing(answers))
    save_calibration(found, args.out)
    print(found.judge, found.nothing)
    return 0
