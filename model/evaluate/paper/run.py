"""Every method over every benchmark, in the paper's metrics: `diffdecompose evaluate paper`.

Methods: engines by name, mask-based inpainting with the given (dilated) mask, the same with the mask of an
engine's estimate, and the input unchanged. Knows nothing of how a table looks.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from ...blending import recompose
from ...decompose import decompose
from ...types import BlendType, Composite, Kind, Options, Request
from .. import metrics
from . import table
from .data import Sample, dilated, samples
from .table import Score

if TYPE_CHECKING:
    from ...train.fid import Features

__all__ = ["Judges", "Method", "main", "score"]

Method = Callable[[Sample], np.ndarray]
"""A background, uint8 H x W x 3, for a sample."""


class Judges:
    """The metrics that need weights; each None where no file is given."""

    def __init__(self, lpips: tuple[Path, Path] | None = None, inception: Path | None = None) -> None:
        self.lpips = self.inception = None
        if lpips:
            from ...train.lpips import Lpips

            self.lpips = Lpips(*lpips)
        if inception:
            from ...train import fid

            self.inception = fid.load(inception)

    def features(self) -> tuple[Features, Features] | None:
        """Empty collections for a method's pictures and for the truth."""
        if self.inception is None:
            return None
        from ...train.fid import Features

        return Features(self.inception), Features(self.inception)

    def distance(self, one: np.ndarray, other: np.ndarray) -> float | None:
        """LPIPS of two uint8 pictures."""
        return self.lpips.of_pictures(one, other) if self.lpips else None


def score(data: Iterable[Sample], methods: dict[str, Method], judges: Judges) -> Iterator[Score]:
    """One score a row and method; pictures are read, treated and measured one at a time."""
    tallies: dict[tuple[str, str], _Tally] = {}
    for sample in data:
        for name, method in methods.items():
            tally = tallies.setdefault((sample.row, name), _Tally(judges))
            tally.add(sample, method)
    for (row, name), tally in tallies.items():
        yield tally.score(row, name)


class _Tally:
    """The running numbers of one method on one row."""

    def __init__(self, judges: Judges) -> None:
        self._judges = judges
        self._rmse: list[float] = []
        self._ssim: list[float] = []
        self._lpips: list[float] = []
        self._seconds: list[float] = []
        self._peak: float | None = None
        self._features = judges.features()

    def add(self, sample: Sample, method: Method) -> None:
        _reset_peak()
        began = perf_counter()
        background = method(sample)
        self._seconds.append(perf_counter() - began)
        peak = _peak_gib()
        self._peak = peak if self._peak is None or peak is None else max(self._peak, peak)
        self._rmse.append(metrics.rmse(background, sample.background))
        self._ssim.append(metrics.ssim(background, sample.background))
        distance = self._judges.distance(background, sample.background)
        if distance is not None:
            self._lpips.append(distance)
        if self._features:
            self._features[0].add(background)
            self._features[1].add(sample.background)

    def score(self, row: str, name: str) -> Score:
        return Score(
            row=row,
            method=name,
            pictures=len(self._rmse),
            rmse=statistics.mean(self._rmse),
            ssim=statistics.mean(self._ssim),
            lpips=statistics.mean(self._lpips) if self._lpips else None,
            fid=self._fid(),
            seconds=statistics.median(self._seconds),
            peak_gib=self._peak,
        )

    def _fid(self) -> float | None:
        """None without the network, and for a single picture, which has no spread."""
        if self._features is None or len(self._rmse) < 2:
            return None
        from ...train.fid import frechet

        return frechet(*(features.array() for features in self._features))


def _reset_peak() -> None:
    import sys

    torch = sys.modules.get("torch")  # an engine that has no torch has no device memory either
    if torch is not None and torch.cuda.is_available():
        torch.cuda.reset_peak_memory_stats()


def _peak_gib() -> float | None:
    """Peak device memory; None where there is no device."""
    import sys

    torch = sys.modules.get("torch")
    return torch.cuda.max_memory_allocated() / 2**30 if torch is not None and torch.cuda.is_available() else None


def unchanged(sample: Sample) -> np.ndarray:
    return sample.composite


def by_engine(name: str, blend: BlendType | None = None, kind: Kind | None = None) -> Method:
    """The background layer of an engine's best candidate."""

    def method(sample: Sample) -> np.ndarray:
        options = Options(engine=name, blend=blend, kind=kind)
        answer = decompose(Request(Composite(sample.composite), options))[0]
        if not np.array_equal(recompose(answer), sample.composite):
            raise AssertionError(f"{name} broke the promise on {sample.name}: layers do not stack to the picture")
        return answer.background.pixels[..., :3]

    return method


def by_inpainting(folder: Path, steps: int | None, masker: str | None) -> Method:
    """Inpainting of `folder`; masker: an engine whose estimate gives the mask, or None = the benchmark's mask."""
    from ...diffdecompose.inpainting import Inpainting, mask_of

    paint = Inpainting(folder, steps)

    def method(sample: Sample) -> np.ndarray:
        mask = sample.mask
        if masker:
            mask = mask_of(decompose(Request(Composite(sample.composite), Options(engine=masker)))[0])
        return paint(sample.composite, dilated(mask))

    return method


def _named(text: str) -> tuple[str, Path]:
    name, _, path = text.partition("=")
    if not path:
        raise argparse.ArgumentTypeError(f"give NAME=FOLDER, not {text!r}")
    return name, Path(path)


def main(arguments: list[str] | None = None) -> int:
    """Writes paper.md and paper.json into --out and prints the table."""
    parser = argparse.ArgumentParser(prog="diffdecompose evaluate paper", description="The paper's tables.")
    parser.add_argument("--data", type=_named, action="append", required=True, metavar="NAME=FOLDER")
    parser.add_argument("--engines", default="", help="engines, comma-separated")
    parser.add_argument("--kind", type=Kind, choices=list(Kind), help="given to the engines, as in the paper")
    parser.add_argument("--blend", type=BlendType, choices=list(BlendType), help="likewise")
    parser.add_argument("--inpaint", type=_named, action="append", default=[], metavar="NAME=FOLDER")
    parser.add_argument("--mask-from", help="an engine whose estimate gives inpainting its mask")
    parser.add_argument("--steps", type=int, help="steps of inpainting")
    parser.add_argument("--lpips", type=Path, nargs=2, metavar=("VGG", "LINEAR"))
    parser.add_argument("--inception", type=Path, help="TorchScript file, for FID")
    parser.add_argument("--out", type=Path, default=Path("out/paper"))
    args = parser.parse_args(arguments)
    methods: dict[str, Method] = {"unchanged": unchanged}
    methods |= {name: by_inpainting(folder, args.steps, args.mask_from) for name, folder in args.inpaint}
    methods |= {name: by_engine(name, args.blend, args.kind) for name in args.engines.split(",") if name}
    judges = Judges(tuple(args.lpips) if args.lpips else None, args.inception)
    scores: list[Score] = []
    for row, folder in args.data:
        scores += score(samples(folder, row), methods, judges)
        table.write(scores, args.out)  # after every benchmark: a run that is cut short keeps what it has
    print(table.markdown(scores))
    return 0
