"""Stage two: the decomposition LoRA on a Flux transformer, by flow matching on the layers' tokens.

    python -m model.train.lora --model FLUX_FOLDER --vae RUN/vae --data TRIPLETS --out RUN2
    accelerate launch -m model.train.lora ...         the same on several GPUs

Writes `RUN2/pytorch_lora_weights.safetensors`. With --nf4 the frozen transformer is held in 4 bits (QLoRA).
"""

# diffusers exports lazily and annotates loosely:
# pyright: reportPrivateImportUsage=false, reportAttributeAccessIssue=false, reportArgumentType=false

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from accelerate import Accelerator
from diffusers import AutoencoderKL
from PIL import Image

from ..diffdecompose import lora, tiers
from ..diffdecompose.pipeline import DiffDecomposePipeline
from ..diffdecompose.positions import Position
from ..diffdecompose.prompts import PromptCache, TextEmbedding, describe, fingerprint
from ..errors import EngineUnavailable
from ..types import BlendType
from .flow_matching import draw_levels, flow_loss, to_tokens
from .runs import generator_for, keep_plan, loop
from .triplets import Source, Triplets, open_source

__all__ = ["LoraPlan", "main", "train"]


@dataclass(frozen=True, eq=False)
class Prompts:
    """The text of every sample, read from disk when it is asked for: ten thousand captions are 40 GB in memory."""

    cache: PromptCache
    max_tokens: int

    def __getitem__(self, pair: tuple[str, BlendType | None]) -> TextEmbedding:
        found = self.cache.get(describe(pair[0], pair[1], 1), self.max_tokens)
        if found is None:
            raise EngineUnavailable(
                f"the text of {pair[0]!r} is gone from {self.cache.folder}: give the same command again to encode it"
            )
        return found


@dataclass(frozen=True)
class LoraPlan:
    """Everything that affects the result. Defaults are the paper's, where it gives them.

    model: a model folder; its autoencoder must be RGBA unless `vae` gives another.
    guidance: what a guidance-distilled transformer is told, in training, validation and later in use.
    dropout: how often the words are left out, and how often the blend type, each by itself: in use a person may give
    either without the other.
    """

    model: Path
    data: Path
    out: Path
    vae: Path | None = None
    steps: int = 30_000
    rate: float = 1e-4
    rank: int = 128
    batch: int = 1
    size: int = 512
    seed: int = 0
    dropout: float = 0.1
    position: str = Position.FRAME
    max_tokens: int = 512
    guidance: float = 1.0
    save_every: int = 1000
    bf16: bool = False
    nf4: bool = False
    checkpointing: bool = False


def train(plan: LoraPlan) -> Path:
    """Train, or go on training; returns the LoRA's file.

    Raises EngineUnavailable, WrongComponents, InvalidRequest.
    """
    accelerator = Accelerator(mixed_precision="bf16" if plan.bf16 else "no")
    if accelerator.is_main_process:
        keep_plan(plan.out, plan, accelerator.num_processes)
    source = open_source(plan.data, plan.size, plan.seed)
    pipeline = _open(plan)
    recipe = lora.recipe_of(pipeline, plan.model.name)
    with accelerator.main_process_first():
        prompts = _read_prompts(pipeline, plan, source, accelerator.device)
    transformer = pipeline.transformer.requires_grad_(False)
    if plan.nf4:
        tiers.to_nf4(transformer)
    torch.manual_seed(plan.seed)
    lora.add(transformer, plan.rank)
    if plan.checkpointing:
        transformer.enable_gradient_checkpointing()
    trained = [p.requires_grad_() for p in transformer.parameters() if p.requires_grad]
    for p in trained:
        p.data = p.data.float()  # bf16 would swallow steps of 1e-4
    optimiser = torch.optim.AdamW(trained, plan.rate, weight_decay=1e-4)
    guidance = plan.guidance if transformer.config.guidance_embeds else None
    wrapped, optimiser = accelerator.prepare(transformer.train(), optimiser)
    pipeline.vae.to(accelerator.device)
    dtype = torch.bfloat16 if plan.bf16 else torch.float32

    def one_step(step: int) -> dict[str, float]:
        rng = generator_for(plan.seed, step, accelerator.process_index)
        sample = _to(source.at(step, accelerator.process_index, plan.batch), accelerator.device)
        tokens = to_tokens(pipeline.vae, sample, Position(plan.position))
        levels = draw_levels(plan.batch, rng).to(accelerator.device)
        noise = torch.randn(tokens.layers.shape, generator=rng).to(accelerator.device)
        words, pooled = _conditions(prompts, sample, plan.dropout, rng)
        words, pooled = words.to(accelerator.device, dtype), pooled.to(accelerator.device, dtype)
        with accelerator.autocast():
            loss = flow_loss(wrapped, tokens, words, pooled, levels, noise, guidance)
        optimiser.zero_grad()
        accelerator.backward(loss)
        accelerator.clip_grad_norm_(trained, 1.0)
        optimiser.step()
        return {"loss": loss.item()}

    def validate(step: int) -> None:
        transformer.eval()
        sample = source.at(0, 0, 1)
        text = prompts[sample.words[0], sample.blends[0]]
        answer = pipeline(sample.z[0], text=text, steps=8, seeds=plan.seed).candidates[0]
        _picture(sample, answer.foregrounds[0], answer.background, plan.out / "validation" / f"{step:07d}.png")
        transformer.train()

    loop(accelerator, plan.out, plan.steps, plan.save_every, {"lora": wrapped}, [optimiser], one_step, validate)
    if accelerator.is_main_process:
        lora.save(accelerator.unwrap_model(wrapped), plan.out, recipe)
    return plan.out / lora.FILE


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
    every = [describe(words, blend, 1) for words, blend in _with_parts_left_out(source.prompts())]
    if not all(cache.has(prompt, plan.max_tokens) for prompt in every):
        with tiers.load_text_encoders(pipeline, plan.model, device):
            pipeline.embed_ahead(every, plan.max_tokens)
    return Prompts(cache, plan.max_tokens)


def _with_parts_left_out(pairs: Sequence[tuple[str, BlendType | None]]) -> list[tuple[str, BlendType | None]]:
    """Every pair, and what is left of it without words, without blend type and without both; each once."""
    every = [one for words, blend in pairs for one in ((words, blend), (words, None), ("", blend), ("", None))]
    return list(dict.fromkeys(every))


def _conditions(
    prompts: Prompts, sample: Triplets, dropout: float, rng: torch.Generator
) -> tuple[torch.Tensor, torch.Tensor]:
    """Words (B, S, D) and pooled (B, P) of a batch; words and blend type are left out by chance, each by itself."""
    keep = (torch.rand(len(sample.words), 2, generator=rng) >= dropout).tolist()
    told = zip(sample.words, sample.blends, keep, strict=True)
    chosen = [
        prompts[words if say_words else "", blend if say_blend else None]
        for words, blend, (say_words, say_blend) in told
    ]
    return torch.cat([one.tokens for one in chosen]), torch.cat([one.pooled for one in chosen])


def _to(sample: Triplets, device: torch.device) -> Triplets:
    return Triplets(sample.x.to(device), sample.y.to(device), sample.z.to(device), sample.blends, sample.words)


def _picture(sample: Triplets, foreground: np.ndarray, background: np.ndarray, path: Path) -> None:
    """z | true x on gray | found x on gray | true y | found y."""

    def on_gray(rgba: np.ndarray) -> np.ndarray:
        return rgba[..., :3] * rgba[..., 3:] + 0.5 * (1 - rgba[..., 3:])

    z, x, y = (part[0].permute(1, 2, 0).cpu().numpy() for part in (sample.z, sample.x, sample.y))
    row = np.concatenate([z, on_gray(x), on_gray(foreground), y, background], axis=1)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray((row.clip(0, 1) * 255).astype(np.uint8)).save(path)


def main(arguments: list[str] | None = None) -> None:
    d = LoraPlan(Path(), Path(), Path())
    parser = argparse.ArgumentParser(prog="diffdecompose train lora", description="Train the decomposition LoRA.")
    parser.add_argument("--model", type=Path, required=True, help="a model folder")
    parser.add_argument("--vae", type=Path, help="the RGBA autoencoder of stage one, if the model folder has none")
    parser.add_argument("--data", type=Path, required=True, help="a folder with z, x and y, or a pack of the generator")
    parser.add_argument("--out", type=Path, required=True, help="the run's folder; an unfinished run goes on")
    parser.add_argument("--steps", type=int, default=d.steps)
    parser.add_argument("--rate", type=float, default=d.rate, help="learning rate")
    parser.add_argument("--rank", type=int, default=d.rank)
    parser.add_argument("--batch", type=int, default=d.batch, help="samples a process and step")
    parser.add_argument("--size", type=int, default=d.size, help="pixels of a square crop")
    parser.add_argument("--seed", type=int, default=d.seed)
    parser.add_argument(
        "--dropout", type=float, default=d.dropout, help="share of samples without words, and of those without blend"
    )
    parser.add_argument("--position", default=d.position, choices=[str(p) for p in Position])
    parser.add_argument("--max-tokens", type=int, default=d.max_tokens, help="length of the text")
    parser.add_argument("--guidance", type=float, default=d.guidance, help="told to the transformer, here and in use")
    parser.add_argument("--save-every", type=int, default=d.save_every)
    parser.add_argument("--bf16", action="store_true")
    parser.add_argument("--nf4", action="store_true", help="hold the frozen transformer in 4 bits, for 24 GB")
    parser.add_argument("--checkpointing", action="store_true", help="less memory, a third slower")
    train(LoraPlan(**vars(parser.parse_args(arguments))))


if __name__ == "__main__":
    main()
