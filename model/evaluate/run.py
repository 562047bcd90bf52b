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

from ..errors import ClusterError
from ..parallel import map_in_order
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
        choices=("own", "foreign", "albumentations", "drawings"),
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
    parser.add_argument("--workers", type=int, default=1, help="rows measured at once, each by a process of its own")
    parser.add_argument("--cluster", metavar="ADDRESS", help="of a Ray cluster that measures the rows")
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
    args.out.mkdir(parents=True, exist_ok=True)
    outcomes: list[Outcome] = []
    try:
        for row, found in _measured_rows(args):
            outcomes += found
            # Written after every row: an evaluation that is cut short keeps what it has measured.
            tables.write(outcomes, _description(args), args.out)
            print(tables.rows_markdown([o for o in outcomes if o.row == row]), flush=True)
    except ClusterError as problem:
        print(f"diffdecompose: {problem}", file=sys.stderr)
        return 2
    return 0


def _measured_rows(args: argparse.Namespace) -> Iterator[tuple[str, list[Outcome]]]:
    """Rows in their order, by as many processes as asked for; a row's figures do not depend on their number."""
    rows = _row_names(args)
    yield from zip(rows, map_in_order(partial(_measure_row, args), rows, args.workers, args.cluster), strict=True)


def _measure_row(args: argparse.Namespace, row: str) -> list[Outcome]:
    """Outcomes of one row; writes its contact sheet."""
    methods: dict[str, Method] = {} if args.no_baselines else dict(BASELINES)
    if args.previous:
        methods["previous"] = previous_weights(args.previous)
    engines = [name for name in args.engines.split(",") if name]
    methods |= {name: method_named(name) for name in engines}
    sheet = ContactSheet(engines[0]) if engines else None
    outcomes = list(evaluate(_triplets(args, row), methods, sheet))
    if sheet is not None:
        sheet.write(args.out / f"{row}.jpg")
    return outcomes


def _row_names(args: argparse.Namespace) -> list[str]:
    """The rows' names, as their triplets carry them."""
    if args.data.is_dir():
        return [args.data.name]
    named = args.rows.split(",") if args.rows else None
    if args.set != "own":
        from .foreign.rows import SETS

        return named or list(SETS[args.set])
    named = named or list(ROWS)
    if args.photographs is None:
        return named
    return [f"{row} at {float(size):g} MP" for row in named for size in args.megapixels.split(",")]


def _triplets(args: argparse.Namespace, row: str) -> Iterator[Triplet]:
    if args.data.is_dir():
        return from_folder(args.data)
    if args.set != "own":
        from .foreign.rows import foreign_triplets

        return foreign_triplets(args.data, args.set, row, args.count, args.short_side, args.seed, args.split)
    if args.photographs is None:
        return from_generator(args.data, row, args.count, args.short_side, args.seed, args.split)
    row, _, size = row.removesuffix(" MP").partition(" at ")
    return from_photographs(args.data, args.photographs, row, float(size), args.seed)


def _description(args: argparse.Namespace) -> dict[str, object]:
    return {
        "set": args.set,
        "data": args.data.name,
        "split": args.split,
        "count": args.count,
        "short_side": args.short_side,
        "seed": args.seed,
    }
