"""Stage two: the decomposition LoRA on a Flux transformer, by flow matching on the layers' tokens.

    python -m model.train.lora --model FLUX_FOLDER --vae RUN/vae --data TRIPLETS --out RUN2
    accelerate launch -m model.train.lora ...         the same on several GPUs

Writes `RUN2/pytorch_lora_weights.safetensors`. With --nf4 the frozen transformer is held in 4 bits (QLoRA).
"""

# diffusers exports lazily and annotates loosely:
# pyright: reportPrivateImportUsage=false, reportAttributeAccessIssue=false, reportArgumentType=false

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import torch
from accelerate import Accelerator
from diffusers import AutoencoderKL
from PIL import Image

from ..diffdecompose import lora, tiers
from ..diffdecompose.pipeline import DiffDecomposePipeline
from ..diffdecompose.positions import Position
from ..diffdecompose.prompts import Prompt, PromptCache, TextEmbedding, describe, fingerprint
from ..diffdecompose.quantise import to_nf4
from ..diffdecompose.schedule import Shift, log_shift, set_levels
from ..errors import EngineUnavailable, InvalidRequest
from ..weights.catalogue import ModelKind
from ..weights.places import models_folder
from ..weights.store import resolve
from .distillation import distillation_loss
from .flow_matching import Levels, Tokens, draw_levels, flow_loss, to_tokens, velocity
from .latents import LatentCache, Latents, encode
from .options import LoopOptions, Updates, add_arguments, resolved, workers_for
from .runs import generator_for, keep_plan, loop
from .triplets.folder import FolderSource
from .triplets.loading import Ahead
from .triplets.sample import Source, Told, Triplets
from .triplets.source import open_source

__all__ = ["LoraPlan", "main", "train"]


@dataclass(frozen=True, eq=False)
class Prompts:
    """The text of every sample, read from disk when it is asked for: ten thousand captions are 40 GB in memory."""

    cache: PromptCache
    max_tokens: int

    def __getitem__(self, told: Told) -> TextEmbedding:
        found = self.cache.get(_prompt(told), self.max_tokens)
        if found is None:
            raise EngineUnavailable(
                f"the text of {told.words!r} is gone from {self.cache.folder}: give the same command again to encode it"
            )
        return found


@dataclass(frozen=True)
class LoraPlan(LoopOptions):
    """Everything that affects the result, with `LoopOptions`. Defaults are the paper's, where it gives them.

    model: a model folder, or the name of an installed base; its autoencoder must be RGBA unless `vae` gives another.
    levels: how noise levels are drawn, a `Levels`.   shifted: bend them by the number of tokens, as the sampler does.
    foregrounds: shares of a pack's batches with one, two, three foregrounds.
    cache_latents: encode a folder's pictures once, into `out/latents`; crops are then always the middle.
    distil: a LoRA of the same rank to make one of `student_steps` sampling steps from; `teacher_substeps`: of its own
    in each of them.
    guidance: what a guidance-distilled transformer is told, in training, validation and later in use.
    dropout: how often the words are left out, and how often the blend type, each by itself: in use a person may give
    either without the other.
    """

    model: Path
    data: Path
    out: Path
    vae: Path | None = None
    rank: int = 128
    dropout: float = 0.1
    position: str = Position.FRAME
    max_tokens: int = 512
    guidance: float = 1.0
    levels: str = Levels.UNIFORM
    shifted: bool = False
    foregrounds: tuple[float, ...] = (0.7, 0.2, 0.1)
    cache_latents: bool = False
    nf4: bool = False
    distil: Path | None = None
    student_steps: int = 8
    teacher_substeps: int = 4


def train(plan: LoraPlan) -> Path:
    """Train, or go on training; returns the LoRA's file.

    Raises EngineUnavailable, WrongComponents, InvalidRequest.
    """
    plan = resolved(plan)
    accelerator = Accelerator(
        mixed_precision="bf16" if plan.bf16 else "no", gradient_accumulation_steps=plan.accumulate
    )
    device, rank = accelerator.device, accelerator.process_index
    if accelerator.is_main_process:
        keep_plan(plan.out, plan, accelerator.num_processes)
    workers = workers_for(plan, plan.data, device)
    source = open_source(plan.data, plan.size, plan.seed, "cpu" if workers else str(device), plan.foregrounds)
    pipeline = _open(plan)
    recipe = replace(lora.recipe_of(pipeline, plan.model.name), steps=plan.student_steps if plan.distil else 0)
    with accelerator.main_process_first():
        prompts = _read_prompts(pipeline, plan, source, device)
    transformer = pipeline.transformer.requires_grad_(False)
    if plan.nf4:
        to_nf4(transformer, transformer.dtype)
    torch.manual_seed(plan.seed)
    lora.add(transformer, plan.rank)
    if plan.distil:
        lora.add_teacher(pipeline, plan.distil)
    if plan.checkpointing:
        transformer.enable_gradient_checkpointing()
    trained = [p.requires_grad_() for p in transformer.parameters() if p.requires_grad]
    for p in trained:
        p.data = p.data.float()  # bf16 would swallow steps of 1e-4
    optimiser = torch.optim.AdamW(trained, plan.rate, weight_decay=1e-4)
    guidance = plan.guidance if transformer.config.guidance_embeds else None
    wrapped, optimiser = accelerator.prepare(transformer.train(), optimiser)
    updates = Updates(accelerator, plan, trained, optimiser)
    pipeline.vae.to(device)
    dtype = torch.bfloat16 if plan.bf16 else torch.float32
    latents_at = _latents(plan, source, pipeline, device, rank, workers)

    def one_pass(number: int) -> torch.Tensor:
        rng = generator_for(plan.seed, number, rank)
        latents = latents_at(number)
        tokens = to_tokens(latents, Position(plan.position))
        mu = _mu(pipeline, tokens) if plan.shifted else 0.0
        levels = draw_levels(plan.batch, rng, Levels(plan.levels), mu).to(device)
        noise = torch.randn(tokens.layers.shape, generator=rng).to(device)
        words, pooled = _conditions(prompts, latents.told, plan.dropout, rng)
        words, pooled = words.to(device, dtype), pooled.to(device, dtype)
        with accelerator.autocast():
            if plan.distil is None:
                return flow_loss(wrapped, tokens, words, pooled, levels, noise, guidance)

            def says(model: torch.nn.Module, noisy: torch.Tensor, at: torch.Tensor) -> torch.Tensor:
                return velocity(model, tokens, noisy, words, pooled, at, guidance)

            def teacher(noisy: torch.Tensor, at: torch.Tensor) -> torch.Tensor:
                with lora.taught_by(transformer):
                    return says(transformer, noisy, at)

            return distillation_loss(
                partial(says, wrapped), teacher, tokens.layers, noise, short(tokens), plan.teacher_substeps, rng
            )

    def short(tokens: Tokens) -> torch.Tensor:
        grid = tokens.clean.shape[1]
        shift, count = Shift(pipeline.config["shift"]), tokens.layers.shape[1] // grid
        steps = set_levels(pipeline.scheduler, plan.student_steps, grid, count, shift, device) / 1000
        return torch.cat([steps, steps.new_zeros(1)])

    def one_step(step: int) -> dict[str, float]:
        losses = []
        for number in range(step * plan.accumulate, (step + 1) * plan.accumulate):
            with accelerator.accumulate(wrapped):
                loss = one_pass(number)
                accelerator.backward(loss)
                updates.after_backward()
            losses.append(loss.item())
        return {"loss": sum(losses) / len(losses)}

    def validate(step: int) -> None:
        transformer.eval()
        sample = source.at(0, 0, 1)
        with updates.averaged():
            answer = pipeline(
                sample.z[0],
                text=prompts[sample.told[0]],
                num_layers=sample.x.shape[1] + 1,
                steps=plan.student_steps if plan.distil else 8,
                seeds=plan.seed,
            ).candidates[0]
        _picture(sample, answer.foregrounds, answer.background, plan.out / "validation" / f"{step:07d}.png")
        transformer.train()

    loop(accelerator, plan.out, plan.steps, plan.save_every, {"lora": wrapped}, updates.states, one_step, validate)
    if accelerator.is_main_process:
        with updates.averaged():
            lora.save(accelerator.unwrap_model(wrapped), plan.out, recipe)
    return plan.out / lora.FILE


def _latents(
    plan: LoraPlan, source: Source, pipeline: DiffDecomposePipeline, device: torch.device, rank: int, workers: int
) -> Callable[[int], Latents]:
    """What gives the latents of a pass by its number. Raises InvalidRequest where a pack is to be cached."""
    if plan.cache_latents:
        if not isinstance(source, FolderSource):
            raise InvalidRequest(f"{plan.data} is a pack, whose samples never repeat: leave --cache-latents out")
        cache = LatentCache(source, pipeline.vae, plan.out / "latents", device)
        return lambda number: cache.at(number, rank, plan.batch)
    ahead = Ahead(source, rank, plan.batch, plan.steps * plan.accumulate, workers)
    return lambda number: encode(pipeline.vae, ahead.at(number).to(device))


def _mu(pipeline: DiffDecomposePipeline, tokens: Tokens) -> float:
    grid = tokens.clean.shape[1]
    return log_shift(pipeline.scheduler.config, grid, tokens.layers.shape[1] // grid, Shift(pipeline.config["shift"]))


def _open(plan: LoraPlan) -> DiffDecomposePipeline:
    parts = {}
    try:
        if plan.vae:
            parts["vae"] = AutoencoderKL.from_pretrained(plan.vae)
        pipeline = DiffDecomposePipeline.from_pretrained(
            str(plan.model),
            torch_dtype=torch.bfloat16 if plan.bf16 else torch.float32,
            local_files_only=True,
            **dict.fromkeys(("text_encoder", "text_encoder_2", "tokenizer", "tokenizer_2")),
            **parts,
        )
    except (OSError, ValueError) as error:
        raise EngineUnavailable(f"the model folder {plan.model} cannot be loaded ({error}): fetch it again") from error
    pipeline.vae.to(torch.float32).requires_grad_(False)
    pipeline.register_to_config(
        position=str(Position(plan.position)), guidance=plan.guidance, max_tokens=plan.max_tokens
    )
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def _read_prompts(pipeline: DiffDecomposePipeline, plan: LoraPlan, source: Source, device: torch.device) -> Prompts:
    """Every embedding that training will need, on disk; encoders are loaded for what is missing, then let go."""
    cache = pipeline.prompt_cache = PromptCache(plan.out / "prompts", fingerprint(plan.model))
    every = [_prompt(told) for told in _with_parts_left_out(source.prompts())]
    if not all(cache.has(prompt, plan.max_tokens) for prompt in every):
        with tiers.load_text_encoders(pipeline, plan.model, device):
            pipeline.embed_ahead(every, plan.max_tokens)
    return Prompts(cache, plan.max_tokens)


def _prompt(told: Told) -> Prompt:
    """The template for what is said, as in use: the words are those of the top foreground."""
    return describe(told.words, told.blend, told.foregrounds)


def _with_parts_left_out(every: Sequence[Told]) -> list[Told]:
    """All that is said, and what is left of it without words, without blend type and without both; each once."""
    rests = [
        one
        for told in every
        for one in (told, replace(told, blend=None), replace(told, words=""), replace(told, words="", blend=None))
    ]
    return list(dict.fromkeys(rests))


def _conditions(
    prompts: Prompts, every: Sequence[Told], dropout: float, rng: torch.Generator
) -> tuple[torch.Tensor, torch.Tensor]:
    """Words (B, S, D) and pooled (B, P) of a batch; words and blend type are left out by chance, each by itself."""
    keep = (torch.rand(len(every), 2, generator=rng) >= dropout).tolist()
    chosen = [
        prompts[replace(told, words=told.words if say_words else "", blend=told.blend if say_blend else None)]
        for told, (say_words, say_blend) in zip(every, keep, strict=True)
    ]
    return torch.cat([one.tokens for one in chosen]), torch.cat([one.pooled for one in chosen])


def _picture(sample: Triplets, foregrounds: Sequence[np.ndarray], background: np.ndarray, path: Path) -> None:
    """z | true and found foregrounds on gray, one after the other | true y | found y."""

    def on_gray(rgba: np.ndarray) -> np.ndarray:
        return rgba[..., :3] * rgba[..., 3:] + 0.5 * (1 - rgba[..., 3:])

    z, y = (part[0].permute(1, 2, 0).cpu().numpy() for part in (sample.z, sample.y))
    truths = sample.x[0].permute(0, 2, 3, 1).cpu().numpy()
    layers = [on_gray(one) for pair in zip(truths, foregrounds, strict=True) for one in pair]
    row = np.concatenate([z, *layers, y, background], axis=1)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray((row.clip(0, 1) * 255).astype(np.uint8)).save(path)


def main(arguments: list[str] | None = None) -> None:
    d = LoraPlan(Path(), Path(), Path())
    parser = argparse.ArgumentParser(prog="diffdecompose train lora", description="Train the decomposition LoRA.")
    parser.add_argument("--model", type=Path, required=True, help="a model folder, or the name of an installed base")
    parser.add_argument("--vae", type=Path, help="the RGBA autoencoder of stage one (folder or name)")
    parser.add_argument("--data", type=Path, required=True, help="a folder with z, x and y, or a pack of the generator")
    parser.add_argument("--out", type=Path, required=True, help="the run's folder; an unfinished run goes on")
    add_arguments(parser, d)
    parser.add_argument("--rank", type=int, default=d.rank)
    parser.add_argument(
        "--dropout", type=float, default=d.dropout, help="share of samples without words, and of those without blend"
    )
    parser.add_argument("--position", default=d.position, choices=[str(p) for p in Position])
    parser.add_argument("--max-tokens", type=int, default=d.max_tokens, help="length of the text")
    parser.add_argument("--guidance", type=float, default=d.guidance, help="told to the transformer, here and in use")
    parser.add_argument("--levels", choices=[str(one) for one in Levels], default=d.levels, help="noise levels")
    parser.add_argument("--shifted", action="store_true", help="bend the levels as the sampler does")
    parser.add_argument(
        "--foregrounds",
        type=float,
        nargs="+",
        default=d.foregrounds,
        metavar="SHARE",
        help="shares of a pack's batches with one, two, three foregrounds",
    )
    parser.add_argument("--cache-latents", action="store_true", help="encode a folder's pictures once")
    parser.add_argument("--distil", type=Path, help="a LoRA (file, folder or name) to make a few-step one from")
    parser.add_argument(
        "--student-steps", type=int, default=d.student_steps, help="sampling steps of the few-step LoRA"
    )
    parser.add_argument("--teacher-substeps", type=int, default=d.teacher_substeps, help="of --distil, in each of them")
    parser.add_argument("--nf4", action="store_true", help="hold the frozen transformer in 4 bits, for 24 GB")
    said = vars(parser.parse_args(arguments))
    models = models_folder()
    said["model"] = resolve(models, said["model"], (ModelKind.BASE, ModelKind.ENGINE))
    said["distil"] = said["distil"] and resolve(models, said["distil"], (ModelKind.LORA,))
    said["vae"] = said["vae"] and resolve(models, said["vae"], (ModelKind.VAE,))
    train(LoraPlan(**said | {"foregrounds": tuple(said["foregrounds"])}))


if __name__ == "__main__":
    main()
