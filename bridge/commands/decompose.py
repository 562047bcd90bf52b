"""`diffdecompose decompose`: pictures in, layered files out, one line or one JSON object a picture.

Knows how to ask and how to report; reading and writing are `bridge.formats`, the work is `model.decompose`.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from ..decompose_file import FileJob, Report, decompose_file
from ..errors import BridgeError
from ..formats import InputFiles, check_target
from ..plan import FORMATS, Task, expand, is_url, plan
from ..wire.discovery import home_folder
from .streams import is_stream, streamed

if TYPE_CHECKING:
    from model.types import Kind, Options

    from ..batch.journal import Journal
    from ..shared import SharedGroup

__all__ = ["add_arguments", "run"]

EXIT_DONE, EXIT_BAD_INPUT, EXIT_SOME_FAILED, EXIT_NO_ENGINE = 0, 2, 3, 4


def add_arguments(parser: argparse.ArgumentParser) -> None:
    from model.types import BlendType, Kind, Quality

    parser.add_argument(
        "inputs", nargs="+", metavar="INPUT", help="a picture, a folder of pictures, a pattern, or - for standard input"
    )
    parser.add_argument(
        "-o",
        "--output",
        required=True,
        metavar="OUT",
        help="its ending decides: .psd, .ora, a flat picture (the clean background: .png .jpg .tif .webp), a folder, "
        "or - for standard output",
    )
    parser.add_argument(
        "--format", choices=FORMATS, help="for many inputs: what to write for each into the folder OUT (psd)"
    )
    parser.add_argument(
        "--compact", action="store_true", help="smaller PSD (ZIP with prediction; old GIMP cannot read it)"
    )
    parser.add_argument("--overwrite", action="store_true", help="replace files that are there")
    what = parser.add_argument_group("what to look for")
    what.add_argument("--engine", default="nano", metavar="NAME", help="see `diffdecompose engines` (nano)")
    what.add_argument(
        "--blend", choices=["auto", *map(str, BlendType)], default="auto", help="blend type of the foreground (auto)"
    )
    kinds = ", ".join(map(str, Kind))
    what.add_argument("--kind", type=_kind, metavar="KIND", help=f"what the foreground is: auto, {kinds} (auto)")
    what.add_argument("--prompt", default="", metavar="TEXT", help="free words, for engines that read them")
    what.add_argument("--colour", metavar="RRGGBB", help="the overlay's colour, where you know it")
    what.add_argument("--hint", metavar="FILE", help="gray picture of the same size: white where the foreground is")
    what.add_argument(
        "--overlay",
        metavar="FILE",
        help="the overlay itself with its alpha (PNG, PSD, ORA, SVG): found at any place, scale and angle",
    )
    what.add_argument(
        "--shared",
        action="store_true",
        help="the pictures carry one overlay in the same place: worked out from all of them, no engine is asked",
    )
    what.add_argument("--selection", metavar="FILE", help="gray picture of the same size: only white may change")
    what.add_argument("--region", metavar="X,Y,W,H", help="only this rectangle may change")
    what.add_argument("--layers", type=int, default=1, metavar="N", help="how many foregrounds (1)")
    how = parser.add_argument_group("how")
    how.add_argument("--candidates", type=int, default=1, metavar="N", help="how many answers, 1 to 8 (1)")
    how.add_argument("--seed", type=int, default=0, metavar="N", help="same seed, same result (0)")
    how.add_argument("--steps", type=int, metavar="N", help="sampling steps, for engines that sample")
    how.add_argument("--quality", choices=list(map(str, Quality)), default="normal", help="(normal)")
    how.add_argument(
        "--daemon",
        choices=["auto", "always", "never"],
        default="auto",
        help="let the service do the work: auto = if it runs (auto)",
    )
    how.add_argument("--workers", type=_count, metavar="N", help="of many pictures, so many at once (a core each)")
    how.add_argument(
        "--cluster",
        metavar="ADDRESS",
        help="of many pictures, on a Ray cluster: auto, ray://HOST:PORT or HOST:PORT; every node sees the same folders",
    )
    how.add_argument(
        "--resume",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="of many pictures, leave out those that an earlier call has done (yes)",
    )
    how.add_argument("--json", action="store_true", help="one JSON object a picture on standard output")


def run(args: argparse.Namespace) -> int:
    began = time.perf_counter()
    from model.errors import ModelError

    args.to_stdout = is_stream(args.output)
    try:
        words = (args.inputs[0], args.output)
        with streamed(args.inputs, args.output, args.format) as (args.inputs, args.output):
            names = zip((args.inputs[0], args.output), words, strict=True)
            args.streams = {path: "-" for path, word in names if is_stream(word)}
            return _run(args, began)
    except (BridgeError, ModelError) as problem:
        return _refuse(args, None, problem)


def _run(args: argparse.Namespace, began: float) -> int:
    masks = [Path(name) for name in (args.hint, args.selection, args.overlay) if name]
    tasks, journal = _tasks(args, masks)
    jobs = _jobs(args, tasks, is_batch=journal is not None)
    if not is_url(args.output):
        _make_folder(tasks, args.output)
    with _shared(args, jobs, journal) as jobs:
        codes = _run_one(args, jobs[0], began - args.started) if journal is None else _run_batch(args, jobs, journal)
    failed = [code for code in codes if code]
    if failed and len(failed) < len(codes):
        return EXIT_SOME_FAILED
    return max(failed, default=EXIT_DONE)


def _tasks(args: argparse.Namespace, masks: Sequence[Path]) -> tuple[list[Task], Journal | None]:
    """What is to be done, and the journal where it is a batch: many results in one folder."""
    from ..batch.journal import Journal

    if not args.output:
        raise BridgeError("the name after -o is empty: name a file or a folder")
    if any(map(is_url, [*args.inputs, args.output])):
        from ..batch.storage import plan_stored

        tasks, journal = plan_stored(args.inputs, args.output, args.format, home_folder() / "batches")
        return list(tasks), journal
    sources = expand(args.inputs)
    folder = Path(args.output)
    journal = Journal(folder) if os.path.isdir(folder) else None
    if journal is not None and journal.exists:
        own = InputFiles(journal.own_outputs())
        named = {Path(word) for word in args.inputs}
        sources = [path for path in sources if path in named or own.replaced_by(path) is None]
        if not sources:
            raise BridgeError(f"{args.output}: everything in this folder is a result of an earlier run: name pictures")
    tasks = plan(sources, args.output, args.format, masks)
    is_batch = len(tasks) > 1 or (journal is not None and journal.exists and tasks[0].target.parent == folder)
    return tasks, (journal or Journal(folder)) if is_batch else None


def _jobs(args: argparse.Namespace, tasks: Sequence[Task], is_batch: bool) -> list[FileJob]:
    from ..daemon.devices import device_of

    options, region = _options(args), _region(args.region)
    # The service does one picture at a time: a batch that needs no GPU is faster in processes of its own.
    daemon = "never" if is_batch and args.daemon == "auto" and device_of(options.engine) == "cpu" else args.daemon
    return [
        FileJob(task, options, args.hint, args.selection, region, args.compact, args.overwrite, daemon, args.overlay)
        for task in tasks
    ]


@contextmanager
def _shared(args: argparse.Namespace, jobs: list[FileJob], journal: Journal | None) -> Iterator[list[FileJob]]:
    """The jobs with the overlay that their pictures share, where that is asked for."""
    if not args.shared:
        yield jobs
        return
    if journal is None:
        raise BridgeError("--shared needs several pictures and a folder after -o: one picture shares nothing")
    if args.overlay or args.cluster or any(map(is_url, [*args.inputs, args.output])):
        raise BridgeError(
            "--shared works out the overlay here, from files: leave out --overlay, --cluster and addresses"
        )
    from ..shared import with_shared_overlays

    with with_shared_overlays(jobs, Path(args.output), _tell_group) as found:
        yield found


def _tell_group(group: SharedGroup) -> None:
    print(f"diffdecompose: {group.as_line()}", file=sys.stderr, flush=True)


def _run_one(args: argparse.Namespace, job: FileJob, import_seconds: float) -> list[int]:
    from model.errors import ModelError, OutOfMemory

    from ..progress import Bar

    try:
        with Bar(job.task.source.name) as bar:
            report = decompose_file(job, bar, import_seconds)
    except (BridgeError, ModelError) as problem:
        return [_refuse(args, job.task, problem)]
    except MemoryError:
        short = OutOfMemory("not enough memory for this picture: close other programs or use --quality fast")
        return [_refuse(args, job.task, short)]
    _tell(args, report)
    return [EXIT_DONE]


def _run_batch(args: argparse.Namespace, jobs: Sequence[FileJob], journal: Journal) -> list[int]:
    from model.errors import ModelError

    from ..batch.run import Batch

    codes = []
    try:
        check_target(jobs[0].task.target, overwrite=True, form=jobs[0].task.form)  # is there a folder to write into?
        if args.cluster:
            from model.parallel import connect

            connect(args.cluster)
        batch = Batch(jobs, journal, workers=args.workers, resume=args.resume, cluster=bool(args.cluster))
        for job, outcome in batch.outcomes():
            if isinstance(outcome, Exception):
                codes.append(_refuse(args, job.task, outcome))
                continue
            if outcome is not None:  # None: an earlier call has done it
                _tell(args, outcome)
            codes.append(EXIT_DONE)
    except (BridgeError, ModelError) as problem:  # of the folder, not of a picture: the others would meet it too
        codes.append(_refuse(args, None, problem))
    return codes


def _tell(args: argparse.Namespace, report: Report) -> None:
    """On standard output, unless the result itself goes there."""
    stream = sys.stderr if args.to_stdout else sys.stdout
    text = json.dumps(report.as_json) if args.json else report.line
    for path, word in args.streams.items():
        text = text.replace(path, word)
    print(text, file=stream, flush=True)


def _make_folder(tasks: Sequence[Task], output: str) -> None:
    """The folder for many results is made where only itself is missing; a longer way is a slip of the pen."""
    folder = Path(output)
    if any(task.target.parent == folder for task in tasks) and os.path.isdir(folder.parent):
        with suppress(OSError):  # the writer says why, picture by picture
            folder.mkdir(exist_ok=True)


def _kind(text: str) -> Kind | None:
    """A kind by its name, or by another word for it; None for auto."""
    from model.engines.nano import WORDS
    from model.types import Kind

    if text == "auto":
        return None
    named = next((kind for kind, words in WORDS.items() if text.lower() in (kind, *words)), None)
    if named is None:
        raise argparse.ArgumentTypeError(f"there is no kind {text!r}: choose auto, {', '.join(map(str, Kind))}")
    return named


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError("a whole number of at least 1 is needed")
    return int(text)


def _options(args: argparse.Namespace) -> Options:
    from model.engines import ENGINES
    from model.errors import InvalidRequest
    from model.types import BlendType, Options, Quality

    if args.engine not in ENGINES:
        raise InvalidRequest(f"there is no engine {args.engine!r}: choose one of {', '.join(ENGINES)}")
    return Options(
        engine=args.engine,
        blend=None if args.blend == "auto" else BlendType(args.blend),
        kind=args.kind,
        prompt=args.prompt,
        colour=_colour(args.colour),
        seed=args.seed,
        steps=args.steps,
        candidates=args.candidates,
        layers=args.layers,
        quality=Quality(args.quality),
    )


def _colour(text: str | None) -> tuple[float, float, float] | None:
    if text is None:
        return None
    digits = text.removeprefix("#")
    try:
        red, green, blue = bytes.fromhex(digits)
    except ValueError:
        raise BridgeError(
            f"--colour {text}: write it as six hexadecimal digits, for example ffffff for white"
        ) from None
    return red / 255, green / 255, blue / 255


def _region(text: str | None) -> tuple[int, int, int, int] | None:
    if text is None:
        return None
    try:
        x, y, width, height = (int(part) for part in text.split(","))
    except ValueError:
        raise BridgeError(f"--region {text}: write it as X,Y,W,H in pixels, for example 100,80,640,480") from None
    if width < 1 or height < 1:
        raise BridgeError(f"--region {text}: width and height must be at least 1")
    return x, y, width, height


def _refuse(args: argparse.Namespace, task: Task | None, problem: Exception) -> int:
    """One line for a person, one object for a program; returns the exit code."""
    from model.errors import EngineUnavailable, OutOfMemory

    source = str(task.source) if task else None
    text = " ".join(str(problem).split())
    if source and not text.startswith(source):
        text = f"{source}: {text}"
    print(f"diffdecompose: {text}", file=sys.stderr)
    if args.json:
        print(json.dumps({"input": source, "error": type(problem).__name__, "message": text}), flush=True)
    return EXIT_NO_ENGINE if isinstance(problem, (EngineUnavailable, OutOfMemory)) else EXIT_BAD_INPUT
