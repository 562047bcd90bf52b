"""Every method over every triplet: `python -m model.evaluate`, and `diffdecompose evaluate`.

Composites are made, decomposed and measured one at a time, so that memory does not grow with their number. All
methods run on the same composite, one after the other. Knows nothing of how a number is shown.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

from . import metrics, tables
from .contact_sheet import ContactSheet
from .identifiability import distinguishable
from .methods import BASELINES, Method, MethodResult, layer_of, method_named, previous_weights
from .oracle import ORACLE_INPUTS
from .outcome import Outcome
from .triplets import ROWS, Triplet, from_folder, from_generator, from_photographs

__all__ = ["Outcome", "evaluate", "main", "measure"]

PACK = Path("data/alphablend.zip")


def evaluate(
    triplets: Iterable[Triplet], methods: dict[str, Method], sheet: ContactSheet | None = None
) -> Iterator[Outcome]:
    """Yield outcomes as they come; `sheet` collects strips of its own method's results."""
    for triplet in triplets:
        visible = triplet.blend is not None and distinguishable(
            triplet.composite, triplet.background, triplet.alpha, triplet.blend
        )
        for name, run in methods.items():
            result = run(triplet)
            if result is None:
                continue
            outcome = measure(name, triplet, result, visible)
            if sheet is not None and name == sheet.method and result.decomposition is not None:
                sheet.add(triplet, result.decomposition, outcome.rmse if outcome.ratio is None else outcome.ratio)
            yield outcome


def measure(name: str, triplet: Triplet, result: MethodResult, visible: bool) -> Outcome:
    """Every metric of one result. visible: whether the true blend type is identifiable."""
    error = metrics.rmse(result.background, triplet.background)
    before = metrics.rmse(triplet.composite, triplet.background)
    plain = partial(
        Outcome,
        row=triplet.row,
        picture=triplet.name,
        method=name,
        kind=None if triplet.kind is None else str(triplet.kind),
        rmse=error,
        ratio=error / before if before > 0 else None,
        psnr=metrics.psnr(error),
        ssim=metrics.ssim(result.background, triplet.background),
        seconds=result.seconds,
    )
    if result.decomposition is None:
        return plain()
    provenance = result.decomposition.provenance
    alpha_error = colour_error = None
    if triplet.blend is not None:
        truth = triplet.emission, triplet.transmission
        alpha_error, colour_error = metrics.layer_error(truth, layer_of(result.decomposition), triplet.blend)
    return plain(
        alpha_error=alpha_error,
        colour_error=colour_error,
        recomposition_error=result.recomposition_error,
        engine=provenance.engine,
        blend=provenance.blend and str(provenance.blend),
        true_blend=triplet.blend and str(triplet.blend),
        blend_visible=visible,
        confidence=provenance.confidence,
        coverage=provenance.coverage,
    )


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="diffdecompose evaluate",
        description="Measure engines and baselines on composites whose layers are known.",
        epilog="`diffdecompose evaluate paper --help`: RMSE, SSIM, LPIPS, FID, seconds, peak memory, as the paper has.",
    )
    given = "|".join(filter(None, ORACLE_INPUTS))
    parser.add_argument("--engines", default="nano,classic", help=f"engines, comma-separated; engine:{given}")
    parser.add_argument(
        "--set",
        default="own",
        choices=("own", "foreign", "albumentations"),
        help="composites of the generator (own), or of formulas that nothing trains on",
    )
    parser.add_argument("--rows", help="rows of the table, comma-separated; all of the set, if not given")
    parser.add_argument("--count", type=int, default=40, help="pictures a row")
    parser.add_argument("--short-side", type=int, default=720, help="pixels")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--split", default="test", choices=("train", "validation", "test"))
    parser.add_argument("--data", type=Path, default=PACK, help="pack of the generator, or a folder with z, x, y")
    parser.add_argument("--photographs", type=Path, help="lay overlays on these JPEGs instead, such as data/native")
    parser.add_argument("--megapixels", default="0.5,2", help="... reduced to these sizes, comma-separated")
    parser.add_argument(
        "--previous",
        type=Path,
        help="folder with graphs named as those of the package, to compare with",
    )
    parser.add_argument("--no-baselines", action="store_true")
    parser.add_argument("--out", type=Path, default=Path("out/evaluation"), help="folder for the table and the sheets")
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Evaluate as the arguments say; writes evaluation.json, evaluation.md and a contact sheet a row into --out.

    `paper` as the first word makes the paper's tables instead: LPIPS, FID, seconds and peak memory (`evaluate.paper`).
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments[:1] == ["paper"]:
        from .paper.run import main as paper

        return paper(arguments[1:])
    args = _arguments().parse_args(arguments)
    methods: dict[str, Method] = {} if args.no_baselines else dict(BASELINES)
    if args.previous:
        methods["previous"] = previous_weights(args.previous)
    engines = [name for name in args.engines.split(",") if name]
    methods |= {name: method_named(name) for name in engines}
    args.out.mkdir(parents=True, exist_ok=True)
    outcomes: list[Outcome] = []
    for row, triplets in _rows(args):
        sheet = ContactSheet(engines[0]) if engines else None
        for outcome in evaluate(triplets, methods, sheet):
            outcomes.append(outcome)
        if sheet is not None:
            sheet.write(args.out / f"{row}.jpg")
        # Written after every row: an evaluation that is cut short keeps what it has measured.
        tables.write(outcomes, _description(args), args.out)
        print(tables.rows_markdown([o for o in outcomes if o.row == row]), flush=True)
    return 0


def _rows(args: argparse.Namespace) -> Iterator[tuple[str, Iterator[Triplet]]]:
    """Each row's name, as its triplets carry it, and its triplets."""
    if args.data.is_dir():
        yield args.data.name, from_folder(args.data)
        return
    if args.set != "own":
        from .foreign.rows import ALBUMENTATIONS_ROWS, FOREIGN_ROWS, foreign_triplets

        every = FOREIGN_ROWS if args.set == "foreign" else ALBUMENTATIONS_ROWS
        for row in args.rows.split(",") if args.rows else every:
            yield row, foreign_triplets(args.data, args.set, row, args.count, args.short_side, args.seed, args.split)
        return
    for row in args.rows.split(",") if args.rows else ROWS:
        if args.photographs is None:
            yield row, from_generator(args.data, row, args.count, args.short_side, args.seed, args.split)
            continue
        for size in args.megapixels.split(","):
            triplets = from_photographs(args.data, args.photographs, row, float(size), args.seed)
            yield f"{row} at {float(size):g} MP", triplets


def _description(args: argparse.Namespace) -> dict[str, object]:
    return {
        "set": args.set,
        "data": args.data.name,
        "split": args.split,
        "count": args.count,
        "short_side": args.short_side,
        "seed": args.seed,
    }
