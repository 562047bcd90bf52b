"""One opacity and one colour, fitted across the outline that the network saw, mend a rough estimate."""

import numpy as np

from model.nano.config import FitConfig
from model.nano.fit import fit_single_ink, outline_of, residual_edge
from model.types import BlendType, Composite, Estimate, Request

SIZE = (160, 240)


def scene() -> tuple[np.ndarray, np.ndarray]:
    """A textured background and a mask of bars, 0..1."""
    rng = np.random.default_rng(0)
    rows, columns = np.mgrid[0 : SIZE[0], 0 : SIZE[1]]
    waves = [0.5 + 0.3 * np.sin(rows / rng.uniform(5, 20) + columns / rng.uniform(5, 20)) for _ in range(3)]
    mask = np.zeros(SIZE)
    mask[40:120, 30:210] = (columns[40:120, 30:210] // 12) % 2
    return np.stack(waves, -1), mask


def marked(opacity: float, colour: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    y, mask = scene()
    alpha = (opacity * mask)[..., None]
    return y, mask, ((alpha * colour + (1 - alpha) * y) * 255).round().astype(np.uint8)


def rough(mask: np.ndarray, opacity: float, colour: float) -> Estimate:
    alpha = (opacity * mask).astype(np.float16)
    light = np.repeat((alpha * np.float16(colour))[..., None], 3, 2)
    through = np.repeat(1 - alpha[..., None], 3, 2)
    return Estimate(light, through, alpha, BlendType.NORMAL, 0.8, (0, 0, SIZE[1], SIZE[0]))


def error(y: np.ndarray, z: np.ndarray, layer: Estimate) -> float:
    x, top, w, h = layer.box
    z, y = z[top : top + h, x : x + w] / 255, y[top : top + h, x : x + w]
    solved = (z - layer.emission) / np.maximum(layer.transmission, 0.05)
    return float(np.sqrt(((solved.clip(0, 1) - y) ** 2).mean()))


def test_a_sharp_outline_of_the_wrong_opacity_is_mended() -> None:
    y, mask, z = marked(0.45, 0.95)
    before = rough(mask, 0.25, 0.8)
    after = fit_single_ink(Request(Composite(z)), before, FitConfig())
    assert after is not None
    assert error(y, z, after[0]) < 0.5 * error(y, z, before)


def test_an_answer_that_leaves_no_edge_is_kept() -> None:
    _, mask, z = marked(0.45, 0.95)
    colours = rough(mask, 0.45, 0.95)
    assert fit_single_ink(Request(Composite(z)), colours, FitConfig()) is None


def test_next_to_nothing_has_no_outline() -> None:
    assert outline_of(np.zeros(SIZE, np.float16)) is None
    assert fit_single_ink(Request(Composite(marked(0.3, 1.0)[2])), rough(np.zeros(SIZE), 0.3, 1.0), FitConfig()) is None


def test_an_edge_left_in_the_background_is_measured() -> None:
    y, mask, z = marked(0.45, 0.95)
    outline = mask > 0.5
    clean, dirty = residual_edge(y.astype(np.float32), outline), residual_edge((z / 255).astype(np.float32), outline)
    assert dirty > 3 * clean
