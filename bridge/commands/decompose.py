"""`diffdecompose decompose`: pictures in, layered files out, one line or one JSON object a picture.

Knows how to ask and how to report; reading and writing are `bridge.formats`, the work is `model.decompose`.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import BridgeError
from ..plan import FORMATS, Task, expand, plan

if TYPE_CHECKING:
    from model.types import Composite, Decomposition, Options, Request

    from ..progress import Bar

__all__ = ["add_arguments", "run"]

EXIT_DONE, EXIT_BAD_INPUT, EXIT_SOME_FAILED, EXIT_NO_ENGINE = 0, 2, 3, 4


def add_arguments(parser: argparse.ArgumentParser) -> None:
    from model.types import BlendType, Kind, Quality

    parser.add_argument("inputs", nargs="+", metavar="INPUT", help="a picture, a folder of pictures, or a pattern")
    parser.add_argument(
        "-o",
        "--output",
        required=True,
        metavar="OUT",
        help="its ending decides: .psd, .ora, a flat picture (the clean background: .png .jpg .tif .webp), or a folder",
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
    what.add_argument("--kind", choices=["auto", *map(str, Kind)], default="auto", help="what the foreground is (auto)")
    what.add_argument("--prompt", default="", metavar="TEXT", help="free words, for engines that read them")
    what.add_argument("--colour", metavar="RRGGBB", help="the overlay's colour, where you know it")
    what.add_argument("--hint", metavar="FILE", help="gray picture of the same size: white where the foreground is")
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
    how.add_argument("--json", action="store_true", help="one JSON object a picture on standard output")


def run(args: argparse.Namespace) -> int:
    began = time.perf_counter()
    from model.errors import ModelError, OutOfMemory

    try:
        options = _options(args)
        masks = [Path(name) for name in (args.hint, args.selection) if name]
        tasks = plan(expand(args.inputs), args.output, args.format, masks)
        region = _region(args.region)
    except (BridgeError, ModelError) as problem:
        return _refuse(args, None, problem)
    from .. import cli

    import_seconds = began - cli.STARTED
    codes = []
    _make_folder(tasks, args.output)
    for task in tasks:
        try:
            report = _one(task, args, options, region)
            report.seconds["import"] = import_seconds
            print(json.dumps(report.as_json()) if args.json else report.as_line(), flush=True)
            codes.append(EXIT_DONE)
        except (BridgeError, ModelError) as problem:
            codes.append(_refuse(args, task, problem))
        except MemoryError:
            short = OutOfMemory("not enough memory for this picture: close other programs or use --quality fast")
            codes.append(_refuse(args, task, short))
        import_seconds = 0.0
    failed = [code for code in codes if code]
    if failed and len(failed) < len(codes):
        return EXIT_SOME_FAILED
    return max(failed, default=EXIT_DONE)


def _make_folder(tasks: Sequence[Task], output: str) -> None:
    """The folder for many results is made where only itself is missing; a longer way is a slip of the pen."""
    folder = Path(output)
    if any(task.target.parent == folder for task in tasks) and os.path.isdir(folder.parent):
        with suppress(OSError):  # the writer says why, picture by picture
            folder.mkdir(exist_ok=True)


@dataclass
class _Report:
    """What is told about one picture that went well."""

    task: Task
    decompositions: Sequence[Decomposition]
    outputs: Sequence[Path]
    notes: Sequence[str]
    seconds: dict[str, float]

    def as_json(self) -> dict[str, Any]:
        best = self.decompositions[0].provenance
        total = sum(self.seconds.values())
        names = ("import", "load", "network", "finish", "write")
        seconds = {name: round(self.seconds.get(name, 0.0), 4) for name in names}
        return {
            "input": str(self.task.source),
            "outputs": [str(path) for path in self.outputs],
            "engine": best.engine,
            "blend": best.blend and str(best.blend),
            "kind": best.kind and str(best.kind),
            "confidence": round(best.confidence, 4),
            "coverage": round(best.coverage, 6),
            "recomposition_error": best.recomposition_error,
            "candidates": len(self.decompositions),
            "notes": list(self.notes),
            "seconds": {**seconds, "total": round(total, 4)},
        }

    def as_line(self) -> str:
        best = self.decompositions[0].provenance
        total = sum(self.seconds.values())
        where = self.outputs[0] if len(self.outputs) == 1 else self.task.target
        lines = [f"note: {note}" for note in self.notes]
        if best.coverage == 0:
            found = "nothing found, the background is the picture"
        else:
            kind = f"{best.kind}, " if best.kind else ""
            found = f"{kind}blend {best.blend}, foreground on {best.coverage:.1%} of the picture"
        error = f"recomposition error {best.recomposition_error}"
        lines.append(f"{self.task.source} -> {where}: {found}, {error}, {total:.1f} s ({best.engine})")
        return "\n".join(lines)


def _one(task: Task, args: argparse.Namespace, options: Options, region: tuple[int, int, int, int] | None) -> _Report:
    from .. import formats
    from ..progress import Bar

    with Bar(task.source.name) as bar:
        begin = time.perf_counter()
        formats.check_target(task.target, overwrite=args.overwrite, form=task.form)  # before the work, not after it
        bar("read", 0, 1)
        composite = formats.read_composite(task.source)
        request = _request(composite, args, options, region)
        bar("read", 1, 1)
        read = time.perf_counter() - begin
        decompositions = _decompose(request, bar, args.daemon)
        write_began = time.perf_counter()
        notes = list(composite.notes)
        bar("write", 0, 1)
        outputs = formats.write(
            decompositions,
            task.target,
            compact=args.compact,
            overwrite=args.overwrite,
            form=task.form,
            merged=composite.pixels,  # what the stack would give, without stacking it
            tell=notes.append,
        )
        bar("write", 1, 1)
        seconds = dict(decompositions[0].provenance.seconds)
        seconds["load"] = seconds.get("load", 0.0) + read
        seconds["finish"] = sum(d.provenance.seconds.get("finish", 0.0) for d in decompositions)
        seconds["write"] = time.perf_counter() - write_began
    return _Report(task, decompositions, outputs, notes, seconds)


def _decompose(request: Request, bar: Bar, daemon: str) -> list[Decomposition]:
    """In the daemon or in this process: the layers are the same."""
    from ..wire.discovery import home_folder, read_runtime

    if daemon == "always" or (daemon == "auto" and read_runtime(home_folder()) is not None):
        from .. import remote

        client = remote.running_daemon("decompose", start=daemon == "always")
        if client is not None:
            with client:
                return remote.decompose(client, request, bar)
    from model.decompose import decompose

    return decompose(request, bar)


def _options(args: argparse.Namespace) -> Options:
    from model.engines import ENGINES
    from model.errors import InvalidRequest
    from model.types import BlendType, Kind, Options, Quality

    if args.engine not in ENGINES:
        raise InvalidRequest(f"there is no engine {args.engine!r}: choose one of {', '.join(ENGINES)}")
    return Options(
        engine=args.engine,
        blend=None if args.blend == "auto" else BlendType(args.blend),
        kind=None if args.kind == "auto" else Kind(args.kind),
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


def _request(
    composite: Composite, args: argparse.Namespace, options: Options, region: tuple[int, int, int, int] | None
) -> Request:
    import numpy as np

    from model.types import Request

    from .. import formats

    selection = formats.read_mask(args.selection) if args.selection else None
    hint = formats.read_mask(args.hint) if args.hint else None
    if region is not None:
        x, y, width, height = region
        inside = np.zeros(composite.pixels.shape[:2], np.uint8)
        inside[max(y, 0) : max(y + height, 0), max(x, 0) : max(x + width, 0)] = 255
        if not inside.any():
            w, h = composite.size
            raise BridgeError(f"--region {args.region} lies outside the picture ({w} x {h}): choose one inside it")
        if selection is not None and selection.shape == inside.shape:
            inside = np.minimum(inside, selection)
        selection = inside if selection is None or selection.shape == inside.shape else selection
    return Request(composite, options, selection, hint)


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
