"""How fast the Flux pipeline is, and in how much memory. Random weights in the real classes.

    python -m benchmarks.flux cpu     what the pipeline adds to the plain transformer call, and the second prompt
    python -m benchmarks.flux cuda    FLUX.1-dev's 11.9 billion parameters on one GPU: eager, fp8, skipping, NF4

Both write a table (Markdown and JSON) row by row, so that a run that is cut off leaves what it has measured. `cuda`
needs no network; rows whose library is missing say so. Text encoders are replaced by random embeddings of the right
shape. A bare machine with torch 2.11, transformers, peft and accelerate still needs these wheels: diffusers (6.1 MiB),
torchao (3.2 MiB), importlib_metadata and zipp (0.1 MiB); bitsandbytes (41 MiB) for the NF4 row alone.
"""

# diffusers exports lazily and annotates loosely:
# pyright: reportPrivateImportUsage=false, reportAttributeAccessIssue=false, reportArgumentType=false

from __future__ import annotations

import argparse
import gc
import json
import statistics
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter

import numpy as np
import torch

from model.diffdecompose import alpha_vae, standin, tiers
from model.diffdecompose.memory import Tier
from model.diffdecompose.pipeline import DiffDecomposePipeline
from model.diffdecompose.positions import Position, layer_ids
from model.diffdecompose.prompts import PromptCache, TextEmbedding
from model.diffdecompose.schedule import Shift, set_levels
from model.diffdecompose.sequence import pack, unpack
from model.diffdecompose.speed import Alternate, StepCache, compile_blocks

__all__ = ["Row", "main", "measure_cpu", "measure_cuda"]

SIZES = {"tiny": standin.TINY, "middle": standin.MIDDLE, "flux-dev": standin.FLUX_DEV}
TERAFLOP_A_STEP = 55.0
"""FLUX.1-dev at 3 x 1024 picture tokens and 512 of text: 46 in the linear layers, 9 in attention."""


@dataclass(frozen=True)
class Row:
    """One line of the table. seconds: a decomposition (or a step, where the name says so). gib: peak device memory."""

    name: str
    seconds: float | None
    gib: float | None = None
    note: str = ""


def build(size: standin.Size, device: torch.device, dtype: torch.dtype) -> DiffDecomposePipeline:
    """The pipeline with random weights, made on the device."""
    torch.manual_seed(0)
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        with device:
            transformer = standin.transformer(size)
    finally:
        torch.set_default_dtype(before)
    vae = alpha_vae.to_rgba(standin.autoencoder(size)).to(device)
    pipeline = DiffDecomposePipeline(
        transformer=transformer.requires_grad_(False), vae=vae, scheduler=standin.scheduler()
    )
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def words(size: standin.Size, tokens: int) -> TextEmbedding:
    return TextEmbedding(torch.randn(1, tokens, size.text), torch.randn(1, size.pooled))


def picture(side: int) -> np.ndarray:
    y, x = np.mgrid[0:side, 0:side] / side
    return (np.stack([x, y, x * y], axis=-1) * 255).astype(np.uint8)


@torch.no_grad()
def plain(pipeline: DiffDecomposePipeline, pixels: np.ndarray, text: TextEmbedding, steps: int) -> torch.Tensor:
    """What diffusers' pipelines do, written down bare: encode, a loop of transformer and scheduler, decode."""
    device, dtype = pipeline.transformer.device, pipeline.transformer.dtype
    z = torch.from_numpy(pixels).to(device).permute(2, 0, 1)[None] / 255
    clean = pack(alpha_vae.encode(pipeline.vae, torch.cat([z, torch.ones_like(z[:, :1])], 1))).to(dtype)
    rows = columns = pixels.shape[0] // pipeline.patch
    ids = layer_ids(rows, columns, 1, Position.FRAME).sequence().to(device)
    layers = torch.randn(1, 2 * clean.shape[1], clean.shape[2], device=device, dtype=dtype)
    guidance = torch.full((1,), 3.5, device=device) if pipeline.transformer.config.guidance_embeds else None
    tokens, pooled = text.tokens.to(device, dtype), text.pooled.to(device, dtype)
    for level in set_levels(pipeline.scheduler, steps, clean.shape[1], 2, Shift.TARGET, device):
        velocity = pipeline.transformer(
            hidden_states=torch.cat([clean, layers], 1), timestep=(level / 1000).expand(1).to(dtype), guidance=guidance,
            pooled_projections=pooled, encoder_hidden_states=tokens,
            txt_ids=torch.zeros(tokens.shape[1], 3, device=device), img_ids=ids, return_dict=False,
        )[0][:, clean.shape[1] :]  # fmt: skip
        layers = pipeline.scheduler.step(velocity, level, layers, return_dict=False)[0]
    latents = unpack(layers.view(2, clean.shape[1], -1), rows, columns)
    return torch.cat([alpha_vae.decode(pipeline.vae, one[None].float()) for one in latents]).cpu()


def timed(work: Callable[[], object], device: torch.device, repeats: int) -> tuple[float, float | None]:
    """Median seconds of `work` and peak GiB, after one run that does not count."""
    work()
    if device.type == "cuda":
        torch.cuda.synchronize()
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()
    seconds = []
    for _ in range(repeats):
        began = perf_counter()
        work()
        if device.type == "cuda":
            torch.cuda.synchronize()
        seconds.append(perf_counter() - began)
    peak = torch.cuda.max_memory_allocated() / 2**30 if device.type == "cuda" else None
    return statistics.median(seconds), peak


def measure_cpu(size: standin.Size, side: int, steps: int, repeats: int, folder: Path) -> list[Row]:
    """The pipeline against the bare transformer call on the same tokens, a step; and a prompt's second time."""
    cpu = torch.device("cpu")
    pipeline = build(size, cpu, torch.float32)
    text, pixels = words(size, 64), picture(side)
    bare: list[float] = []
    passes = (
        pipeline.transformer.register_forward_pre_hook(lambda *_: bare.append(-perf_counter())),
        pipeline.transformer.register_forward_hook(lambda *_: bare.append(perf_counter())),
    )
    marks: list[float] = []
    ratios, all_steps, all_bare = [], [], []
    for _ in range(repeats + 1):
        bare.clear()
        marks.clear()
        pipeline(pixels, text=text, steps=steps, callback=lambda *_: marks.append(perf_counter()))
        # From the end of the first step to the end of the last: whole steps, without encoding and decoding.
        whole, inside = marks[-1] - marks[0], sum(bare[2:])
        ratios.append(whole / inside)
        all_steps.append(whole / (steps - 1))
        all_bare.append(inside / (steps - 1))
    for one in passes:
        one.remove()
    ratio = statistics.median(ratios[1:])
    rows = [
        Row("transformer call, a step", statistics.median(all_bare[1:])),
        Row("pipeline, a step", statistics.median(all_steps[1:]), note=f"{ratio:.3f} x the call (goal: at most 1.05)"),
    ]
    for name, part in standin.text_parts(size).items():
        setattr(pipeline, name, part)
    pipeline.prompt_cache = PromptCache(folder / "prompts", "benchmark")
    runs: list[int] = []
    pipeline.text_encoder_2.register_forward_pre_hook(lambda *_: runs.append(1))
    for number in ("first", "second"):
        runs.clear()
        began = perf_counter()
        pipeline(pixels, "a new prompt", steps=1, max_tokens=64)
        rows.append(Row(f"{number} call with a prompt", perf_counter() - began, note=f"{len(runs)} passes of T5"))
    return rows


def measure_cuda(size: standin.Size, side: int, steps: int, repeats: int, device: torch.device) -> Iterator[Row]:
    """Rows as they are measured: eager bf16 bare and ours, then fp8 and NF4, the tiers that most users need, first."""
    job = Job(size, picture(side), words(size, 512 if size is standin.FLUX_DEV else 32), steps, repeats, device)
    if device.type == "cuda":
        yield _floor(steps, device, size)
    bare = yield from _eager(job)
    _let_go(device)
    yield from _compiled(job, Tier.FP8, bare)
    for tier in (Tier.NF4, Tier.INT8):
        _let_go(device)
        yield _tier(job, tier)
    _let_go(device)
    yield from _compiled(job, Tier.BF16, bare)


@dataclass(frozen=True, eq=False)
class Job:
    """What every row decomposes."""

    size: standin.Size
    pixels: np.ndarray
    text: TextEmbedding
    steps: int
    repeats: int
    device: torch.device

    def build(self) -> DiffDecomposePipeline:
        return build(self.size, self.device, torch.bfloat16 if self.device.type == "cuda" else torch.float32)

    def ours(self, pipeline: DiffDecomposePipeline, cache: StepCache | None = None) -> Callable[[], object]:
        return lambda: pipeline(self.pixels, text=self.text, steps=self.steps, cache=cache)

    def row(self, name: str, work: Callable[[], object], eager: Row | None, note: str = "") -> Row:
        seconds, peak = timed(work, self.device, self.repeats)
        speed = f"{eager.seconds / seconds:.2f} x eager" if eager and eager.seconds else "1 x"
        return Row(name, seconds, peak, "; ".join(part for part in (speed, note) if part))


def _eager(job: Job) -> Generator[Row, None, Row]:
    """The bare loop and ours; gives the bare loop's row, to which the others are compared."""
    pipeline = job.build()
    bare = job.row("bf16, eager, bare loop", lambda: plain(pipeline, job.pixels, job.text, job.steps), None)
    yield bare
    yield job.row("bf16, eager, ours", job.ours(pipeline), bare)
    return bare


def _compiled(job: Job, tier: Tier, eager: Row) -> Iterator[Row]:
    """Compiled blocks, every step; then with half the steps skipped."""
    name = f"{tier}, compiled"
    try:
        pipeline = job.build()
        if tier is not Tier.BF16:
            _require(tier)
            tiers.shrink(pipeline, tier, job.device)
        if job.device.type == "cuda":
            compile_blocks(pipeline.transformer)
        began = perf_counter()
        job.ours(pipeline)()
        wait = perf_counter() - began
        yield job.row(name, job.ours(pipeline), eager, f"first call {wait:.0f} s")
        yield job.row(f"{name}, half the steps skipped", job.ours(pipeline, Alternate()), eager)
    except Exception as error:  # one row's misfortune must not cost the others their lease of the machine
        yield Row(name, None, note=f"failed: {type(error).__name__}: {str(error)[:200]}")


def _tier(job: Job, tier: Tier) -> Row:
    """Seconds and peak of one tier, not compiled."""
    try:
        _require(tier)
        pipeline = job.build()
        tiers.shrink(pipeline, tier, job.device)
        gc.collect()
        seconds, peak = timed(job.ours(pipeline), job.device, 1)
    except Exception as error:  # as above
        return Row(f"{tier}, eager", None, note=f"failed: {type(error).__name__}: {str(error)[:200]}")
    return Row(f"{tier}, eager", seconds, peak)


def _require(tier: Tier) -> None:
    tiers.TIERS.require_library(tier)


def _floor(steps: int, device: torch.device, size: standin.Size) -> Row:
    """What the arithmetic alone takes at the rate of a large bf16 matrix product, measured here."""
    a, b = (torch.randn(8192, 8192, device=device, dtype=torch.bfloat16) for _ in range(2))
    seconds, _ = timed(lambda: [a @ b for _ in range(10)], device, 5)
    rate = 10 * 2 * 8192**3 / seconds / 1e12
    if size is not standin.FLUX_DEV:
        return Row("bf16 matrix rate", None, note=f"{rate:.0f} TFLOP/s")
    note = f"{TERAFLOP_A_STEP:.0f} TFLOP a step, {steps} steps, at {rate:.0f} TFLOP/s"
    return Row("arithmetic floor, bf16", steps * TERAFLOP_A_STEP / rate, note=note)


def _let_go(device: torch.device) -> None:
    gc.collect()
    torch.compiler.reset()
    if device.type == "cuda":
        torch.cuda.empty_cache()


def table(rows: list[Row], title: str) -> str:
    """Markdown."""
    lines = [f"## {title}", "", "| what | seconds | peak GiB | |", "|---|---|---|---|"]
    for row in rows:
        seconds = "-" if row.seconds is None else f"{row.seconds:.4g}"
        lines.append(f"| {row.name} | {seconds} | {'-' if row.gib is None else f'{row.gib:.2f}'} | {row.note} |")
    return "\n".join(lines) + "\n"


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.flux", description="Speed and memory of the Flux pipeline."
    )
    parser.add_argument("what", choices=["cpu", "cuda"])
    parser.add_argument("--size", choices=list(SIZES), help="middle for cpu, flux-dev for cuda")
    parser.add_argument("--side", type=int, help="picture side in pixels: 128 for cpu, 512 for cuda")
    parser.add_argument("--steps", type=int, help="8 for cpu, 28 for cuda")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--out", type=Path, default=Path("out/benchmarks"))
    args = parser.parse_args(arguments)
    args.out.mkdir(parents=True, exist_ok=True)
    if args.what == "cpu":
        size = args.size or "middle"
        rows = measure_cpu(SIZES[size], args.side or 128, args.steps or 8, args.repeats, args.out)
        machine = "CPU"
    else:
        device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        size = args.size or ("flux-dev" if device.type == "cuda" else "tiny")
        rows = measure_cuda(SIZES[size], args.side or 512, args.steps or 28, args.repeats, device)
        machine = torch.cuda.get_device_name() if device.type == "cuda" else "CPU (no GPU here: sizes mean nothing)"
    title = f"{size}, random weights, torch {torch.__version__}, {machine}"
    write_rows(rows, title, args.out / f"flux-{args.what}")


def write_rows(rows: Iterable[Row], title: str, path: Path) -> None:
    """Prints each row and writes the table anew after it (Markdown, JSON): a run that is cut off leaves what it has."""
    done: list[Row] = []
    for row in rows:
        done.append(row)
        print(row, flush=True)
        path.with_suffix(".md").write_text(table(done, title), encoding="utf-8")
        path.with_suffix(".json").write_text(json.dumps({"title": title, "rows": [asdict(r) for r in done]}, indent=1))
    print(table(done, title))


if __name__ == "__main__":
    main()
