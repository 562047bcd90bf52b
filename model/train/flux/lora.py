"""Stage two: the decomposition LoRA on a Flux transformer, by flow matching on the layers' tokens.

    python -m model.train.flux.lora --model FLUX_FOLDER --vae RUN/vae --data TRIPLETS --out RUN2
    accelerate launch -m model.train.flux.lora ...         the same on several GPUs

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

from ...diffdecompose import alpha_vae, lora
from ...diffdecompose.pipeline import DiffDecomposePipeline
from ...diffdecompose.positions import Position
from ...diffdecompose.quantise import to_nf4
from ...diffdecompose.schedule import Shift, log_shift, set_levels
from ...errors import EngineUnavailable, InvalidRequest
from ...weights.catalogue import ModelKind
from ...weights.places import models_folder
from ...weights.store import resolve
from ..plan import generator_for
from ..triplets.folder import FolderSource
from ..triplets.loading import Ahead
from ..triplets.sample import Source, Triplets
from ..triplets.source import open_source
from .conditions import draw_conditions, encode_prompts
from .distillation import distillation_loss
from .flow_matching import Levels, Tokens, draw_levels, flow_loss, to_tokens, velocity
from .latents import LatentCache, Latents, encode
from .options import LoopOptions, Updates, add_arguments, resolved, workers_for
from .recomposition import recomposition_loss
from .stage import begin_processes, run_stage

__all__ = ["LoraPlan", "main", "train"]


@dataclass(frozen=True)
class LoraPlan(LoopOptions):
    """Everything that affects the result, with `LoopOptions`. Defaults are the paper's, where it gives them.

    model: a model folder, or the name of an installed base; its autoencoder must be RGBA unless `vae` gives another.
    levels: how noise levels are drawn, a `Levels`.   shifted: bend them by the number of tokens, as the sampler does.
    foregrounds: shares of a pack's batches with one, two, three foregrounds.
    cache_latents: encode a folder's pictures once, into `out/latents`; crops are then always the middle.
    distil: a LoRA of the same rank to make one of `student_steps` sampling steps from; `teacher_substeps`: of its own
    in each of them.
    recomposition: weight of `recomposition_loss` beside the flow matching loss; 0 = without, as in the paper.
    guidance: what a guidance-distilled transformer is told, in training, validation and later in use.
    dropout: how often the words are left out, and how often the blend type, each by itself: in use a person may give
    either without the other.
    """

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
    recomposition: float = 0.0
    nf4: bool = False
    distil: Path | None = None
    student_steps: int = 8
    teacher_substeps: int = 4


class LoraTraining:
    """What one process has of a run, made from its plan; `one_pass` and `validate` are what `run_stage` asks for."""

    def __init__(self, plan: LoraPlan, accelerator: Accelerator) -> None:
        self.plan, self.accelerator = plan, accelerator
        self.device, self.rank = accelerator.device, accelerator.process_index
        workers = workers_for(plan, plan.data, self.device)
        drawn_on = "cpu" if workers else str(self.device)
        self.source = open_source(plan.data, plan.size, plan.seed, drawn_on, plan.foregrounds)
        self.pipeline = _open(plan)
        self.recipe = replace(
            lora.recipe_of(self.pipeline, plan.model.name), steps=plan.student_steps if plan.distil else 0
        )
        with accelerator.main_process_first():
            every = self.source.prompts()
            self.prompts = encode_prompts(
                self.pipeline, plan.model, plan.out / "prompts", every, plan.max_tokens, self.device
            )
        trained = _add_adapters(plan, self.pipeline)
        transformer = self.pipeline.transformer
        self.guidance = plan.guidance if transformer.config.guidance_embeds else None
        optimiser = torch.optim.AdamW(trained, plan.rate, weight_decay=1e-4)
        self.wrapped, optimiser = accelerator.prepare(transformer.train(), optimiser)
        self.updates = Updates(accelerator, plan, trained, optimiser)
        self.pipeline.vae.to(self.device)
        self._latents_at = _latents(plan, self.source, self.pipeline, self.device, self.rank, workers)

    def one_pass(self, _step: int, number: int) -> dict[str, torch.Tensor]:
        plan, device = self.plan, self.device
        rng = generator_for(plan.seed, number, self.rank)
        latents = self._latents_at(number)
        tokens = to_tokens(latents, Position(plan.position))
        mu = _mu(self.pipeline, tokens) if plan.shifted else 0.0
        levels = draw_levels(plan.batch, rng, Levels(plan.levels), mu).to(device)
        noise = torch.randn(tokens.layers.shape, generator=rng).to(device)
        words, pooled = draw_conditions(self.prompts, latents.told, plan.dropout, rng)
        dtype = torch.bfloat16 if plan.bf16 else torch.float32
        words, pooled = words.to(device, dtype), pooled.to(device, dtype)
        with self.accelerator.autocast():
            if plan.distil is not None:
                loss = self._distilled(tokens, words, pooled, noise, rng)
            elif plan.recomposition:
                loss = self._recomposed(latents, tokens, words, pooled, levels, noise)
            else:
                loss = flow_loss(self.wrapped, tokens, words, pooled, levels, noise, self.guidance)
        self.accelerator.backward(loss)
        self.updates.after_backward()
        return {"loss": loss}

    def _recomposed(
        self,
        latents: Latents,
        tokens: Tokens,
        words: torch.Tensor,
        pooled: torch.Tensor,
        levels: torch.Tensor,
        noise: torch.Tensor,
    ) -> torch.Tensor:
        """The flow matching loss and, by its weight, that of the recomposition."""
        share = levels.view(-1, 1, 1)
        noisy = (1 - share) * tokens.layers + share * noise
        found = velocity(self.wrapped, tokens, noisy, words, pooled, levels, self.guidance)
        size = latents.z.shape[-2] // 2, latents.z.shape[-1] // 2
        decode = partial(alpha_vae.decode, self.pipeline.vae)
        again = recomposition_loss(decode, tokens, noisy, found, levels, latents.told, size)
        return (found - (noise - tokens.layers).float()).square().mean() + self.plan.recomposition * again

    def _distilled(
        self, tokens: Tokens, words: torch.Tensor, pooled: torch.Tensor, noise: torch.Tensor, rng: torch.Generator
    ) -> torch.Tensor:
        """The loss against the teacher's steps between two levels of the student's schedule."""
        transformer = self.pipeline.transformer

        def says(model: torch.nn.Module, noisy: torch.Tensor, at: torch.Tensor) -> torch.Tensor:
            return velocity(model, tokens, noisy, words, pooled, at, self.guidance)

        def teacher(noisy: torch.Tensor, at: torch.Tensor) -> torch.Tensor:
            with lora.taught_by(transformer):
                return says(transformer, noisy, at)

        levels, substeps = self._student_levels(tokens), self.plan.teacher_substeps
        return distillation_loss(partial(says, self.wrapped), teacher, tokens.layers, noise, levels, substeps, rng)

    def _student_levels(self, tokens: Tokens) -> torch.Tensor:
        """The noise levels of the few steps, from 1 to 0."""
        grid = tokens.clean.shape[1]
        shift, count = Shift(self.pipeline.config["shift"]), tokens.layers.shape[1] // grid
        steps = set_levels(self.pipeline.scheduler, self.plan.student_steps, grid, count, shift, self.device) / 1000
        return torch.cat([steps, steps.new_zeros(1)])

    def validate(self, step: int) -> None:
        plan, transformer = self.plan, self.pipeline.transformer
        transformer.eval()
        sample = self.source.at(0, 0, 1)
        with self.updates.averaged():
            answer = self.pipeline(
                sample.z[0],
                text=self.prompts[sample.told[0]],
                num_layers=sample.x.shape[1] + 1,
                steps=plan.student_steps if plan.distil else 8,
                seeds=plan.seed,
            ).candidates[0]
        _picture(sample, answer.foregrounds, answer.background, plan.out / "validation" / f"{step:07d}.png")
        transformer.train()


def train(plan: LoraPlan) -> Path:
    """Train, or go on training; returns the LoRA's file.

    Raises EngineUnavailable, WrongComponents, InvalidRequest.
    """
    plan = resolved(plan)
    accelerator = begin_processes(plan)
    one = LoraTraining(plan, accelerator)
    run_stage(accelerator, plan, {"lora": one.wrapped}, one.updates.states, one.one_pass, one.validate)
    if accelerator.is_main_process:
        with one.updates.averaged():
            lora.save(accelerator.unwrap_model(one.wrapped), plan.out, one.recipe)
    return plan.out / lora.FILE


def _add_adapters(plan: LoraPlan, pipeline: DiffDecomposePipeline) -> list[torch.nn.Parameter]:
    """The pipeline's transformer, frozen, gets the LoRA (and its teacher); returns what is trained, in float32."""
    transformer = pipeline.transformer.requires_grad_(False)
    if plan.nf4:
        to_nf4(transformer, transformer.dtype)
    torch.manual_seed(plan.seed)
    lora.add(transformer, plan.rank)
    if plan.distil:
        lora.add_teacher(pipeline, plan.distil)
    if plan.checkpointing:
        transformer.enable_gradient_checkpointing()
    trained = [p for p in transformer.parameters() if p.requires_grad]
    for p in trained:
        p.data = p.data.float()  # bf16 would swallow steps of 1e-4
    return trained


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
    parser.add_argument(
        "--recomposition", type=float, default=d.recomposition, help="weight of the recomposition's error; 0: without"
    )
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
