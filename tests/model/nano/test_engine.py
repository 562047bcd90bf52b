"""The engine's decisions: what is found, what is handed over, what the user's word changes."""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("onnx")

from model.engines.nano import NanoEngine, kind_of  # noqa: E402
from model.nano import layout  # noqa: E402
from model.nano.candidates import propose_candidates  # noqa: E402
from model.nano.config import Calibration, CandidateConfig, DetectorConfig, JudgeWeights, NanoConfig  # noqa: E402
from model.nano.detect import Detector, Detectors  # noqa: E402
from model.nano.judge import FEATURES  # noqa: E402
from model.nano.net import NanoNetwork, NanoParams  # noqa: E402
from model.nano.net.export import export  # noqa: E402
from model.nano.network import Network, NetworkOutput  # noqa: E402
from model.types import BlendType, Composite, Kind, Options, Quality, Request  # noqa: E402

UNCALIBRATED = Calibration(
    marks=(0.0, 1.0, 0.0, 0.0),
    veils=(0.0, 1.0, 0.0),
    veils_given_marks=(0.0, 1.0, 0.0, 0.0),
    weather=(0.0, 1.0, 0.0, 0.0),
)
"""The heads of the random networks decide, and nothing is handed over."""


def ignore(stage: str, step: int, steps: int, preview: np.ndarray | None = None) -> None:
    pass


def made(
    path: Path, none: float, presence: float = 3.0, kind: Kind = Kind.WATERMARK, latent: bool = False
) -> NanoEngine:
    """An engine over random weights, the same for all networks.

    none: logit of "no foreground"; presence: logit of it everywhere; kind: what is likely otherwise; latent: whether it
    knows alternatives.
    """
    torch.manual_seed(0)
    net = NanoNetwork(NanoParams((8, 12, 16), (1, 1, 1), (1, 1), embedding=8, latent=latent))
    for parameter in net.parameters():
        if not parameter.any():
            torch.nn.init.normal_(parameter, std=0.1)
    with torch.no_grad():
        assert net.head.bias is not None
        net.head.bias.copy_(torch.tensor([0.0] * 9 + [presence]).repeat_interleave(4))
        net.head.weight[-4:].zero_()
        net.kind.weight.zero_()
        net.kind.bias.zero_()
        net.kind.bias[layout.NO_KIND], net.kind.bias[layout.KINDS.index(kind)] = none, 6.0
    export(net, path)
    network = Network(path, threads=1)
    return NanoEngine(network, network, network, config=NanoConfig(calibration=UNCALIBRATED))


@pytest.fixture(scope="module")
def finder(tmp_path_factory: pytest.TempPathFactory) -> NanoEngine:
    return made(tmp_path_factory.mktemp("engine") / "finder.onnx", none=-9)


@pytest.fixture(scope="module")
def doubter(tmp_path_factory: pytest.TempPathFactory) -> NanoEngine:
    return made(tmp_path_factory.mktemp("engine") / "doubter.onnx", none=9)


def calibrated(engine: NanoEngine, **changes: object) -> NanoEngine:
    """The same networks with another calibration; numbers alone are the biases of regressions without features."""
    d = engine.detectors
    parts = {k: (v, *[0.0] * 3) if isinstance(v, float) else v for k, v in changes.items()}
    config = replace(engine.config, calibration=replace(engine.config.calibration, **parts))  # type: ignore[arg-type]
    return NanoEngine(d.marks.network, d.veils.network, d.weather.network, config=config)


def judge(log_odds: float) -> JudgeWeights:
    """A judge that gives every answer the same log-odds."""
    size = len(FEATURES)
    return JudgeWeights(log_odds, (0.0,) * size, (-9.0,) * size, (9.0,) * size)


CLEAN_IF_UNSEEN = (2.0, 0.0, 0.0, 0.0, -1.0)


def of(*engines: NanoEngine) -> NanoEngine:
    """With the marks network of the first, the veils of the second, the weather of the third."""
    marks, veils, weather = engines
    return NanoEngine(
        marks.detectors.marks.network,
        veils.detectors.veils.network,
        weather.detectors.weather.network,
        config=marks.config,
    )


def asked(width: int = 96, height: int = 64, **options: object) -> Request:
    rows, columns = np.mgrid[0:height, 0:width]
    pixels = np.stack([rows * 2, columns * 2, rows + columns], -1).clip(0, 255).astype(np.uint8)
    return Request(Composite(pixels), Options(**options))  # type: ignore[arg-type]


def test_an_estimate_is_a_layer_between_0_and_1_over_a_box_of_the_picture(finder: NanoEngine) -> None:
    (candidate,) = finder.estimate(asked(), ignore)
    (layer,) = candidate.layers
    assert candidate.engine == "nano"
    assert candidate.kind is Kind.WATERMARK
    assert layer.box == (0, 0, 96, 64)
    for values in (layer.emission, layer.transmission, layer.alpha):
        assert values.dtype == np.float16
        assert 0 <= float(values.min()) <= float(values.max()) <= 1
    assert float(layer.alpha.max()) > 0.2


def test_the_same_question_gets_the_same_answer(finder: NanoEngine) -> None:
    a, b = (finder.estimate(asked(quality=Quality.BEST), ignore)[0].layers[0] for _ in range(2))
    assert np.array_equal(a.emission, b.emission)
    assert np.array_equal(a.alpha, b.alpha)


def test_nothing_found_is_an_answer(doubter: NanoEngine) -> None:
    (candidate,) = doubter.estimate(asked(), ignore)
    assert candidate.layers == ()
    assert candidate.confidence > 0.9


@pytest.mark.parametrize("declared", [{"kind": Kind.FOG}, {"prompt": "remove the HAZE"}])
def test_the_user_is_believed_over_the_network(doubter: NanoEngine, declared: dict) -> None:
    (candidate,) = doubter.estimate(asked(**declared), ignore)
    assert candidate.layers
    assert candidate.kind is Kind.FOG


def test_a_veil_is_seen_at_a_glance_and_marks_are_believed_without_one(finder: NanoEngine, tmp_path: Path) -> None:
    foggy = made(tmp_path / "foggy.onnx", none=-9, kind=Kind.FOG)
    (candidate,) = of(finder, foggy, finder).estimate(asked(576, 400), ignore)
    assert candidate.kind is Kind.FOG
    assert candidate.layers[0].alpha.shape == (200, 288)
    (candidate,) = of(finder, finder, foggy).estimate(asked(576, 400), ignore)
    assert candidate.kind is Kind.WATERMARK
    assert candidate.layers[0].alpha.shape == (400, 576)


@pytest.mark.parametrize("kind", [Kind.RAIN, Kind.SNOW])
def test_weather_is_seen_where_no_mark_is(doubter: NanoEngine, tmp_path: Path, kind: Kind) -> None:
    weather = made(tmp_path / "weather.onnx", none=-9, kind=kind)
    (candidate,) = of(doubter, doubter, weather).estimate(asked(), ignore)
    assert candidate.kind is kind
    assert candidate.layers


class Recording(Network):
    """The real network, and the sizes of the pictures that it was shown."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, threads=1)
        self.shapes: list[tuple[int, ...]] = []

    def predict(self, picture: np.ndarray, condition: np.ndarray, latent: np.ndarray | None = None) -> NetworkOutput:
        self.shapes.append(picture.shape[1:])
        return super().predict(picture, condition, latent)


def test_weather_is_predicted_at_full_size_only_where_a_reduced_picture_does_not_rule_it_out(
    doubter: NanoEngine, tmp_path: Path
) -> None:
    d = doubter.detectors
    for name, none, shapes in (("dry", 9.0, [(240, 480)]), ("wet", -9.0, [(240, 480), (300, 600)])):
        made(tmp_path / f"{name}.onnx", none=none, kind=Kind.RAIN)
        weather = Recording(tmp_path / f"{name}.onnx")
        engine = NanoEngine(d.marks.network, d.veils.network, weather, config=doubter.config)
        (candidate,) = engine.estimate(asked(600, 300), ignore)
        assert weather.shapes == shapes
        assert candidate.kind is (Kind.RAIN if name == "wet" else None)


def test_a_mark_that_is_surer_than_weather_is_believed(finder: NanoEngine, tmp_path: Path) -> None:
    weather = made(tmp_path / "weather.onnx", none=-9, kind=Kind.RAIN)
    for says, kind in ((2.0, Kind.WATERMARK), (6.0, Kind.RAIN)):
        engine = calibrated(of(finder, finder, weather), veils_given_marks=-9.0, weather=says, marks=4.0)
        (candidate,) = engine.estimate(asked(), ignore)
        assert candidate.kind is kind


def test_told_that_it_snows_weather_alone_is_asked_at_every_native_tile(doubter: NanoEngine, tmp_path: Path) -> None:
    """Flakes of a pixel hardly show in the reduced picture."""
    weather = made(tmp_path / "weather.onnx", none=9, presence=-1.2, kind=Kind.SNOW)
    engine = of(doubter, doubter, weather)
    engine.detectors = replace(
        engine.detectors, weather=replace(engine.detectors.weather, config=DetectorConfig(64, (0.15, 0.4)))
    )
    (candidate,) = engine.estimate(asked(128, 80, kind=Kind.SNOW), ignore)
    assert candidate.kind is Kind.SNOW
    assert candidate.layers[0].alpha.shape == (80, 128)


def test_who_is_surer_of_a_mark_outbids_a_veil(finder: NanoEngine, doubter: NanoEngine, tmp_path: Path) -> None:
    foggy = made(tmp_path / "foggy.onnx", none=-9, kind=Kind.FOG)
    for marks, kind in ((finder, Kind.WATERMARK), (doubter, Kind.FOG)):
        (candidate,) = calibrated(
            of(marks, foggy, doubter), veils_given_marks=(0.0, 1.0, 0.0, -4.0), weather=-9.0
        ).estimate(asked(), ignore)
        assert candidate.kind is kind


def test_a_veil_is_measured_at_a_second_look_told_what_it_is(tmp_path: Path) -> None:
    foggy = made(tmp_path / "foggy.onnx", none=-9, kind=Kind.FOG)
    found, declared = foggy.estimate(asked(), ignore)[0], foggy.estimate(asked(kind=Kind.FOG), ignore)[0]
    assert np.array_equal(found.layers[0].emission, declared.layers[0].emission)
    untold = foggy.detectors.veils.predict(asked(), None, None, False).output.emission.transpose(1, 2, 0)
    assert not np.allclose(found.layers[0].emission, untold, atol=1e-3)


def test_presence_nowhere_is_nothing_found(tmp_path: Path) -> None:
    (candidate,) = made(tmp_path / "blind.onnx", none=-9, presence=-9).estimate(asked(), ignore)
    assert candidate.layers == ()


def test_several_candidates_are_of_different_blend_types_likeliest_first(finder: NanoEngine) -> None:
    candidates = finder.estimate(asked(candidates=3), ignore)
    blends = [c.layers[0].blend for c in candidates]
    assert len(set(blends)) == 3
    confidences = [c.confidence for c in candidates]
    assert confidences == sorted(confidences, reverse=True)


def test_more_candidates_are_drawn_by_the_seed_and_the_first_is_always_the_middle_one(tmp_path: Path) -> None:
    engine = made(tmp_path / "drawn.onnx", none=-9, kind=Kind.FOG, latent=True)

    def asked_with(seed: int) -> list[np.ndarray]:
        request = asked(kind=Kind.FOG, blend=BlendType.NORMAL, candidates=4, seed=seed)
        return [c.layers[0].alpha for c in engine.estimate(request, ignore)]

    one, again, other = asked_with(0), asked_with(0), asked_with(1)
    alone = engine.estimate(asked(kind=Kind.FOG, blend=BlendType.NORMAL), ignore)[0].layers[0].alpha
    assert all(np.array_equal(a, b) for a, b in zip(one, again, strict=True))
    assert np.array_equal(one[0], other[0])
    assert np.array_equal(one[0], alone)
    different = [np.abs(a - b).max() > 1e-3 for a, b in zip(one[1:], other[1:], strict=True)]
    assert all(different)
    assert len({a.tobytes() for a in one}) == 4


def test_a_rival_blend_type_comes_before_another_answer_and_an_unlikely_one_does_not() -> None:
    plausible = [(BlendType.NORMAL, 0.7), (BlendType.SCREEN, 0.25), (BlendType.ADD, 0.05)]
    four = propose_candidates(plausible, Options(candidates=4), True, CandidateConfig())
    assert [(blend, latent is None) for blend, _, latent in four] == [
        (BlendType.NORMAL, True),
        (BlendType.SCREEN, True),
        (BlendType.NORMAL, False),
        (BlendType.NORMAL, False),
    ]
    types = propose_candidates(plausible, Options(candidates=4), False, CandidateConfig())
    assert [blend for blend, _, _ in types] == [BlendType.NORMAL, BlendType.SCREEN, BlendType.ADD]


def test_a_given_blend_type_is_the_layers(finder: NanoEngine) -> None:
    for blend in BlendType:
        candidates = finder.estimate(asked(blend=blend, candidates=4), ignore)
        assert [c.layers[0].blend for c in candidates] == [blend]


def test_more_layers_are_found_one_below_the_other(finder: NanoEngine) -> None:
    (candidate,) = finder.estimate(asked(layers=3), ignore)
    assert len(candidate.layers) == 3


def test_fine_kinds_are_refined_at_native_size_unless_in_a_hurry(finder: NanoEngine) -> None:
    small = of(finder, finder, finder)
    small.detectors = replace(
        small.detectors,
        marks=replace(finder.detectors.marks, config=replace(finder.config.marks, side=64)),
        veils=replace(finder.detectors.veils, config=replace(finder.config.veils, side=32)),
    )
    for quality, kind, size in (
        (Quality.NORMAL, Kind.WATERMARK, (80, 128)),
        (Quality.FAST, Kind.WATERMARK, (40, 64)),
        (Quality.NORMAL, Kind.FOG, (20, 32)),
        (Quality.BEST, Kind.WATERMARK, (80, 128)),
    ):
        (candidate,) = small.estimate(asked(128, 80, quality=quality, kind=kind), ignore)
        assert candidate.layers[0].alpha.shape == size


def test_a_kind_that_classic_serves_better_is_handed_over(finder: NanoEngine) -> None:
    engine = calibrated(finder, policy={Kind.FOG: "classic"})
    (candidate,) = engine.estimate(asked(kind=Kind.FOG), ignore)
    assert candidate.engine == "classic"
    assert candidate.kind is Kind.FOG
    assert candidate.layers


def test_a_kind_that_nobody_serves_well_is_left_alone_unless_asked_for(finder: NanoEngine) -> None:
    engine = calibrated(finder, policy={Kind.WATERMARK: "leave"})
    assert engine.estimate(asked(), ignore)[0].layers == ()
    assert engine.estimate(asked(kind=Kind.WATERMARK), ignore)[0].layers


@pytest.mark.parametrize("trusted", [True, False])
def test_where_nano_sees_nothing_classic_may_see_weather_if_the_policy_trusts_it(
    doubter: NanoEngine, trusted: bool
) -> None:
    engine = calibrated(doubter, policy={Kind.FOG: "classic"} if trusted else {})
    rng = np.random.default_rng(0)
    foggy = (180 + 40 * rng.random((96, 128, 3))).astype(np.uint8)
    (candidate,) = engine.estimate(Request(Composite(foggy)), ignore)
    assert (candidate.engine, bool(candidate.layers)) == (("classic", True) if trusted else ("nano", False))


def test_classic_is_not_even_loaded_where_it_would_not_be_believed(
    doubter: NanoEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "model.engines.classic", raising=False)
    doubter.estimate(asked(), ignore)
    assert "model.engines.classic" not in sys.modules
    doubter.estimate(asked(kind=Kind.FOG), ignore)
    assert "model.engines.classic" not in sys.modules, "nano does fog itself"
    calibrated(doubter, policy={Kind.RAIN: "classic"}).estimate(asked(), ignore)
    assert "model.engines.classic" in sys.modules


def test_a_cancelled_tick_stops_the_estimate(finder: NanoEngine) -> None:
    from model.errors import Cancelled

    def stop(stage: str, step: int, steps: int, preview: np.ndarray | None = None) -> None:
        raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        finder.estimate(asked(), stop)


def test_progress_shows_the_background_so_far_after_the_first_look_and_after_every_tile(finder: NanoEngine) -> None:
    seen: list[tuple[int, int, np.ndarray]] = []

    def watch(stage: str, step: int, steps: int, preview: np.ndarray | None = None) -> None:
        if preview is not None:
            seen.append((step, steps, preview.copy()))

    big = np.random.default_rng(1).integers(0, 256, (700, 1400, 3), np.uint8)
    finder.estimate(Request(Composite(big)), watch)
    assert [(step, steps) for step, steps, _ in seen] == [(40, 100), (60, 100), (80, 100)]
    assert {preview.shape for _, _, preview in seen} == {(64, 128, 3)}
    first, left, both = (preview for _, _, preview in seen)
    assert (first[:, :60] != left[:, :60]).any()
    np.testing.assert_array_equal(first[:, 80:], left[:, 80:])
    assert (left[:, 80:] != both[:, 80:]).any()


def test_the_share_of_the_stage_rises_with_every_pass_and_every_tile_and_never_falls(finder: NanoEngine) -> None:
    """A picture of eight tiles, two candidates: no report is more than a seventh of the stage after the one before."""
    seen: list[float] = []

    def watch(stage: str, step: int, steps: int, preview: np.ndarray | None = None) -> None:
        assert stage == "network"
        seen.append(step / steps)

    big = np.random.default_rng(1).integers(0, 256, (1400, 2500, 3), np.uint8)
    finder.estimate(Request(Composite(big), Options(candidates=2)), watch)
    assert seen == sorted(seen)
    assert (seen[0], seen[-1]) == (0, 1)
    assert max(np.diff(seen)) <= 1 / 7
    assert len(set(seen)) > 16


def test_words_of_a_prompt_name_kinds() -> None:
    assert kind_of(Options(prompt="a Logo in the corner")) is Kind.WATERMARK
    assert kind_of(Options(prompt="the sea")) is None
    assert kind_of(Options(prompt="rain", kind=Kind.SNOW)) is Kind.SNOW


def test_nothing_found_is_as_sure_as_all_networks_are(doubter: NanoEngine) -> None:
    """A veil that is likely, but not enough to change the whole picture for, makes "nothing" less sure."""
    engine = calibrated(doubter, veils_given_marks=0.85, marks=-2.0, weather=-1.0)
    veil, mark, falling = (1 / (1 + np.exp(-bias)) for bias in (0.85, -2.0, -1.0))
    (candidate,) = engine.estimate(asked(), ignore)
    assert not candidate.layers
    assert candidate.confidence == pytest.approx((1 - veil) * (1 - mark) * (1 - falling), abs=1e-6)


def test_a_kind_that_is_left_alone_is_not_said_to_be_surely_absent(finder: NanoEngine) -> None:
    policy = dict.fromkeys(Kind, "leave")
    engine = calibrated(finder, veils_given_marks=-9.0, weather=-9.0, marks=2.0, policy=policy)
    (candidate,) = engine.estimate(asked(), ignore)
    assert not candidate.layers
    assert candidate.confidence < 0.2


def test_with_the_kind_declared_only_its_network_is_run(finder: NanoEngine, tmp_path: Path) -> None:
    """The others are files that do not exist: loading them would fail."""
    lost = tmp_path / "lost.onnx"
    d = finder.detectors
    for kind, name in ((Kind.FOG, "veils"), (Kind.RAIN, "weather"), (Kind.WATERMARK, "marks")):
        engine = NanoEngine(config=finder.config)
        parts = {n: Detector(lost, getattr(d, n).config) for n in ("marks", "veils", "weather")}
        engine.detectors = Detectors(**{**parts, name: getattr(d, name)})
        (candidate,) = engine.estimate(asked(kind=kind), ignore)
        assert candidate.kind is kind


def test_an_answer_that_the_judge_does_not_believe_is_nothing_unless_the_user_asks_for_it(finder: NanoEngine) -> None:
    strict = calibrated(finder, judge=judge(-6.0), nothing=CLEAN_IF_UNSEEN)
    (nothing,) = strict.estimate(asked(), ignore)
    assert nothing.layers == ()
    assert nothing.confidence < 0.2, "all networks see something"
    (declared,) = strict.estimate(asked(kind=Kind.WATERMARK), ignore)
    assert declared.layers
    (hinted,) = strict.estimate(replace(asked(), hint=np.full((64, 96), 255, np.uint8)), ignore)
    assert hinted.layers


def test_the_confidence_of_an_answer_is_the_judges(finder: NanoEngine) -> None:
    lenient = calibrated(finder, judge=judge(1.0), nothing=CLEAN_IF_UNSEEN)
    first, *others = lenient.estimate(asked(candidates=3), ignore)
    assert first.confidence == pytest.approx(1 / (1 + np.exp(-1)))
    assert all(other.confidence <= first.confidence for other in others)


def test_the_confidence_of_nothing_is_that_of_a_clean_picture(doubter: NanoEngine) -> None:
    judged = calibrated(doubter, judge=judge(6.0), nothing=CLEAN_IF_UNSEEN)
    (nothing,) = judged.estimate(asked(), ignore)
    assert nothing.layers == ()
    assert nothing.confidence > 0.99
