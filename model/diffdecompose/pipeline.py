"""The sampler: one picture in, foregrounds and background out, as the paper does it ("In-Context Decomposition").

The composite z is encoded once and stays clean. Every layer starts as noise. All of them stand in one
sequence of tokens, [z; x_1 .. x_n; y], and the transformer attends among them and to the text in both
directions; only the layers are denoised (in-context decomposition). Their ids say which tokens share a place
(`positions`). Knows nothing of engines, native size or how a layer becomes exact.
"""

# diffusers exports lazily and annotates loosely:
# pyright: reportPrivateImportUsage=false, reportAttributeAccessIssue=false, reportArgumentType=false

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum

import torch
from diffusers import AutoencoderKL, DiffusionPipeline, FlowMatchEulerDiscreteScheduler, FluxTransformer2DModel
from diffusers.loaders import FluxLoraLoaderMixin
from transformers import CLIPTextModel, CLIPTokenizer, PreTrainedTokenizerBase, T5EncoderModel

from ..errors import EngineUnavailable, InvalidRequest
from ..types import BlendType
from . import alpha_vae
from .answers import Answer, Answers
from .errors import WrongComponents
from .positions import Position, layer_ids
from .prompts import LayerPrompts, Prompt, PromptCache, TextEmbedding, describe, embed, embed_batch
from .schedule import Shift, set_levels
from .sequence import Picture, pack, pad_to, picture_to_tensor, require_finite, unpack
from .speed import StepCache

__all__ = ["Clean", "DiffDecomposePipeline", "Progress"]

Progress = Callable[[int, int, torch.Tensor], None]
"""Called after each step with the steps done, all steps, and the layers as they look now:
normalised latents (n + 1, C, h, w), foregrounds first. Raise to stop: nothing is left behind."""


class Clean(StrEnum):
    """How z stays clean while the layers move. Under Euler steps the layers come out the same."""

    APPEND = "append"
    """As in Flux Kontext: z is put before the layers at each step and never enters the scheduler."""
    RESET = "reset"
    """As in PhotoDoodle: the whole sequence is stepped, then z is put back."""


class DiffDecomposePipeline(DiffusionPipeline, FluxLoraLoaderMixin):
    """DiffDecompose on a Flux transformer.

    transformer: its in_channels is 4 x the autoencoder's latent channels.   vae: RGBA (`alpha_vae.to_rgba`).
    text encoders and tokenizers: CLIP and T5, or None where every prompt is in `prompt_cache`.
    position, clean, shift, guidance, max_tokens: part of how the weights were trained, and saved with them.
    Raises WrongComponents, naming what was found and what is needed.
    """

    model_cpu_offload_seq = "text_encoder->text_encoder_2->transformer->vae"
    _optional_components = ["text_encoder", "text_encoder_2", "tokenizer", "tokenizer_2"]  # noqa: RUF012

    transformer: FluxTransformer2DModel
    vae: AutoencoderKL
    scheduler: FlowMatchEulerDiscreteScheduler

    def __init__(
        self,
        transformer: FluxTransformer2DModel,
        vae: AutoencoderKL,
        scheduler: FlowMatchEulerDiscreteScheduler,
        text_encoder: CLIPTextModel | None = None,
        tokenizer: CLIPTokenizer | None = None,
        text_encoder_2: T5EncoderModel | None = None,
        tokenizer_2: PreTrainedTokenizerBase | None = None,
        position: str = Position.FRAME,
        clean: str = Clean.APPEND,
        shift: str = Shift.TARGET,
        guidance: float = 1.0,
        max_tokens: int = 512,
    ) -> None:
        super().__init__()
        _require_components(transformer, vae, scheduler)
        self.register_modules(
            transformer=transformer,
            vae=vae,
            scheduler=scheduler,
            text_encoder=text_encoder,
            tokenizer=tokenizer,
            text_encoder_2=text_encoder_2,
            tokenizer_2=tokenizer_2,
        )
        self.register_to_config(
            position=str(Position(position)),
            clean=str(Clean(clean)),
            shift=str(Shift(shift)),
            guidance=float(guidance),
            max_tokens=int(max_tokens),
        )
        self.prompt_cache: PromptCache | None = None

    @property
    def patch(self) -> int:
        """Pixels a token covers in each direction: 16 for Flux."""
        return 2 ** len(self.vae.config.block_out_channels)

    def embed(self, prompt: Prompt, max_tokens: int | None = None) -> TextEmbedding:
        """The prompt's embedding: from the cache, or from the encoders and then into the cache.

        max_tokens: length for T5; None = as the weights were trained.
        Raises EngineUnavailable where it is in neither.
        """
        max_tokens = self.config.max_tokens if max_tokens is None else max_tokens
        found = self.prompt_cache.get(prompt, max_tokens) if self.prompt_cache else None
        if found is None:
            readers = (self.tokenizer, self.text_encoder, self.tokenizer_2, self.text_encoder_2)
            if any(reader is None for reader in readers):
                raise EngineUnavailable("this prompt is new and the text encoders are not loaded: load them first")
            found = embed(prompt, *readers, max_tokens=max_tokens)
            require_finite(found.tokens, "the text embedding")
            if self.prompt_cache:
                self.prompt_cache.put(prompt, found, max_tokens)
        return found

    def embed_ahead(self, prompts: Sequence[Prompt], max_tokens: int, batch: int = 16) -> None:
        """Put every prompt that is not there yet into the cache, `batch` at a time, on the encoders' device.

        Needs a `prompt_cache` and the text encoders. Memory stays that of one batch. Raises NotFinite.
        """
        readers = (self.tokenizer, self.text_encoder, self.tokenizer_2, self.text_encoder_2)
        cache = self.prompt_cache
        assert cache is not None
        new = [prompt for prompt in prompts if not cache.has(prompt, max_tokens)]
        for start in range(0, len(new), batch):
            some = new[start : start + batch]
            for prompt, found in zip(some, embed_batch(some, *readers, max_tokens=max_tokens), strict=True):
                require_finite(found.tokens, "the text embedding")
                cache.put(prompt, found, max_tokens)

    @torch.no_grad()
    def __call__(
        self,
        image: Picture,
        prompts: LayerPrompts | str = "",
        blend_type: BlendType | None = None,
        num_layers: int = 2,
        position: str = "lpec",
        steps: int = 28,
        guidance: float | None = None,
        seeds: int | Sequence[int] = 0,
        num_candidates: int = 1,
        height: int | None = None,
        width: int | None = None,
        text: TextEmbedding | None = None,
        max_tokens: int | None = None,
        cache: StepCache | None = None,
        callback: Progress | None = None,
    ) -> Answers:
        """Sample decompositions of `image`.

        image: see `sequence.picture_to_tensor`.   num_layers: foregrounds plus the background.
        position: "lpec" = as the weights were trained; or a `Position`, "none" for the ablation.
        guidance: read only by guidance-distilled transformers (Flux.1-dev); max_tokens: length for T5. None = as
        the weights were trained, for both: at another guidance a LoRA meets an embedding it never saw.
        seeds: one a candidate, or the first of `num_candidates` consecutive ones.
        height, width: where the network works, in pixels; None = the picture's own size. Sizes that are no
        multiple of `patch` are padded inside and cropped again.   text: instead of `prompts`.
        cache: which steps may be skipped; None = none.
        Raises InvalidRequest, NotFinite, and whatever `callback` raises.
        """
        seeds = _seeds(seeds, num_candidates)
        if num_layers < 2 or steps < 1:
            raise InvalidRequest(f"num_layers must be at least 2 and steps at least 1, not {num_layers} and {steps}")
        where = Position(self.config.position if position == "lpec" else position)
        device, dtype = self._execution_device, self.transformer.dtype

        # 1. The text: template, blend type and the user's words.
        text = text or self.embed(describe(prompts, blend_type, num_layers - 1), max_tokens)
        words, pooled = text.tokens.to(device, dtype), text.pooled.to(device, dtype)

        # 2. The composite, encoded once: clean tokens (1, grid, C).
        pixels = picture_to_tensor(image)
        if (height or width) and (height, width) != pixels.shape[-2:]:
            size = (height or pixels.shape[-2], width or pixels.shape[-1])
            pixels = torch.nn.functional.interpolate(pixels, size, mode="bilinear", antialias=True)
        high, wide = pixels.shape[-2:]
        pixels = pad_to(pixels, self.patch)
        rows, columns = pixels.shape[-2] // self.patch, pixels.shape[-1] // self.patch
        clean = pack(alpha_vae.encode(self.vae, pixels.to(device))).to(dtype)
        require_finite(clean, "the encoded picture")

        # 3. Places in the sequence [z; x_1 .. x_n; y].
        ids = layer_ids(rows, columns, num_layers - 1, where).sequence().to(device)
        text_ids = torch.zeros(words.shape[1], 3, device=device)
        guidance = self.config.guidance if guidance is None else guidance
        strength = torch.full((1,), guidance, device=device) if self.transformer.config.guidance_embeds else None

        answers = []
        try:
            for number, seed in enumerate(seeds):
                # 4. Noise for the layers, drawn on the CPU: the same seed gives the same noise on every device.
                grid = clean.shape[1]
                shape = (1, num_layers * grid, clean.shape[2])
                noise = torch.randn(shape, generator=torch.Generator().manual_seed(seed))
                layers = noise.to(device)  # float32 between steps: bf16 would lose what many small steps add
                levels = set_levels(self.scheduler, steps, grid, num_layers, Shift(self.config.shift), device)

                # 5. Denoise.
                if cache is not None:
                    cache.start(steps)
                for step, level in enumerate(levels):
                    velocity = cache.reuse(step, layers) if cache is not None else None
                    if velocity is None:
                        velocity = self.transformer(
                            hidden_states=torch.cat([clean, layers.to(dtype)], dim=1),
                            timestep=(level / 1000).expand(1).to(dtype),
                            guidance=strength,
                            pooled_projections=pooled,
                            encoder_hidden_states=words,
                            txt_ids=text_ids,
                            img_ids=ids,
                            return_dict=False,
                        )[0].float()
                        if cache is not None:
                            cache.keep(layers, velocity)
                    layers = self._step(velocity, level, clean, layers)
                    require_finite(layers, f"step {step + 1} of {steps}")
                    if callback is not None:
                        now = layers.view(num_layers, grid, -1)
                        callback(number * steps + step + 1, len(seeds) * steps, unpack(now, rows, columns))

                # 6. Pictures: each layer by itself through the same autoencoder.
                latents = unpack(layers.view(num_layers, grid, -1), rows, columns)
                pictures = torch.cat([alpha_vae.decode(self.vae, one[None]) for one in latents])
                require_finite(pictures, "the decoded layers")
                answers.append(Answer.from_tensor(pictures[..., :high, :wide], seed))
        finally:
            # Also when a callback stops the work: offloaded parts go home, nothing of the steps is kept.
            if cache is not None:
                cache.start(0)
            self.maybe_free_model_hooks()
        return Answers(tuple(answers), text.notes)

    def _step(
        self, velocity: torch.Tensor, level: torch.Tensor, clean: torch.Tensor, layers: torch.Tensor
    ) -> torch.Tensor:
        """One step of the schedule for the layers' tokens; z stays as it is."""
        grid = clean.shape[1]
        if Clean(self.config.clean) is Clean.APPEND:
            return self.scheduler.step(velocity[:, grid:], level, layers, return_dict=False)[0]
        # The whole sequence moves; z is put back by being taken from `clean` again at the next step.
        whole = torch.cat([clean.float(), layers], dim=1)
        return self.scheduler.step(velocity, level, whole, return_dict=False)[0][:, grid:]


def _require_components(transformer, vae, scheduler) -> None:
    """Raises WrongComponents at the first that does not fit."""
    wanted = (
        ("transformer", transformer, FluxTransformer2DModel),
        ("vae", vae, AutoencoderKL),
        ("scheduler", scheduler, FlowMatchEulerDiscreteScheduler),
    )
    for name, found, needed in wanted:
        if not isinstance(found, needed):
            raise WrongComponents(f"the {name} is a {type(found).__name__}, a {needed.__name__} is needed")
    alpha_vae.require_rgba(vae)
    channels, latent = transformer.config.in_channels, vae.config.latent_channels
    if channels != 4 * latent:
        raise WrongComponents(
            f"the transformer takes {channels} channels but the autoencoder's {latent} latent channels pack to "
            f"{4 * latent}: they belong to different models"
        )


def _seeds(seeds: int | Sequence[int], candidates: int) -> list[int]:
    if isinstance(seeds, int):
        return [seeds + i for i in range(candidates)]
    if candidates not in (1, len(seeds)):
        raise InvalidRequest(f"{len(seeds)} seeds are given for {candidates} candidates: give one seed each")
    return list(seeds)
