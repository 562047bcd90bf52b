"""Random weights in the real classes, at any size: what tests, benchmarks and the ablation run on.

The paper's weights are not public. Everything here is the class that the real weights would fill, so a path
that works on a stand-in works on them; only the pictures mean nothing. Knows nothing of the pipeline.
"""

# diffusers exports lazily and annotates loosely:
# pyright: reportPrivateImportUsage=false, reportAttributeAccessIssue=false, reportArgumentType=false

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from diffusers import AutoencoderKL, FlowMatchEulerDiscreteScheduler, FluxTransformer2DModel
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer, T5Config, T5EncoderModel, T5TokenizerFast

__all__ = ["FLUX_DEV", "MIDDLE", "TINY", "Size", "autoencoder", "randomise", "scheduler", "text_parts", "transformer"]


@dataclass(frozen=True)
class Size:
    """The numbers that make a Flux-type model. axes sum to head; blocks: widths of the autoencoder's levels."""

    double: int
    single: int
    heads: int
    head: int
    axes: tuple[int, int, int]
    text: int
    pooled: int
    latent: int
    blocks: tuple[int, ...]
    guidance: bool = True


TINY = Size(1, 1, 4, 16, (4, 4, 8), text=32, pooled=32, latent=4, blocks=(8, 8, 16, 16))
MIDDLE = Size(2, 4, 6, 64, (8, 28, 28), text=256, pooled=64, latent=16, blocks=(32, 32, 64, 64))
FLUX_DEV = Size(19, 38, 24, 128, (16, 56, 56), text=4096, pooled=768, latent=16, blocks=(128, 256, 512, 512))
"""FLUX.1-dev: 11.9 billion parameters."""


def transformer(size: Size) -> FluxTransformer2DModel:
    """A transformer on the default device and dtype of the moment."""
    return FluxTransformer2DModel(
        in_channels=4 * size.latent,
        num_layers=size.double,
        num_single_layers=size.single,
        attention_head_dim=size.head,
        num_attention_heads=size.heads,
        joint_attention_dim=size.text,
        pooled_projection_dim=size.pooled,
        guidance_embeds=size.guidance,
        axes_dims_rope=size.axes,
    ).eval()


def autoencoder(size: Size, channels: int = 3) -> AutoencoderKL:
    """The autoencoder of Flux, without quantising convolutions; `channels` 3 or 4."""
    levels = len(size.blocks)
    return AutoencoderKL(
        in_channels=channels,
        out_channels=channels,
        down_block_types=("DownEncoderBlock2D",) * levels,
        up_block_types=("UpDecoderBlock2D",) * levels,
        block_out_channels=size.blocks,
        layers_per_block=2 if size.blocks[0] >= 128 else 1,
        latent_channels=size.latent,
        norm_num_groups=min(32, size.blocks[0] // 2),
        sample_size=1024,
        scaling_factor=0.3611,
        shift_factor=0.1159,
        use_quant_conv=False,
        use_post_quant_conv=False,
    ).eval()


def scheduler() -> FlowMatchEulerDiscreteScheduler:
    """The schedule of FLUX.1-dev."""
    return FlowMatchEulerDiscreteScheduler(
        shift=3.0, use_dynamic_shifting=True, base_shift=0.5, max_shift=1.15, base_image_seq_len=256
    )


def text_parts(size: Size) -> dict[str, Any]:
    """Both text encoders and tokenizers by the pipeline's names; the tokenizers know single characters."""
    characters = [chr(i) for i in range(33, 127)]
    vocabulary = characters + [c + "</w>" for c in characters] + ["<|startoftext|>", "<|endoftext|>"]
    clip_ids = {piece: i for i, piece in enumerate(vocabulary)}
    pieces = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("\u2581", -1.0)] + [(c, -2.0) for c in characters]
    clip = CLIPTextConfig(
        vocab_size=len(vocabulary),
        hidden_size=size.pooled,
        intermediate_size=size.pooled,
        projection_dim=size.pooled,
        num_hidden_layers=1,
        num_attention_heads=2,
        bos_token_id=clip_ids["<|startoftext|>"],
        eos_token_id=clip_ids["<|endoftext|>"],
    )
    t5 = T5Config(
        vocab_size=len(pieces),
        d_model=size.text,
        d_kv=8,
        d_ff=size.text,
        num_layers=1,
        num_heads=2,
        feed_forward_proj="gated-gelu",
    )
    return {
        "text_encoder": CLIPTextModel(clip).eval(),
        "tokenizer": CLIPTokenizer(vocab=clip_ids, merges=[], model_max_length=77),
        "text_encoder_2": T5EncoderModel(t5).eval(),
        "tokenizer_2": T5TokenizerFast(vocab=pieces, extra_ids=0),
    }


def randomise(module: torch.nn.Module, seed: int) -> None:
    """Normal weights of a size that keeps signals alive; the real initialisation leaves some layers silent."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in module.parameters():
            fan = parameter[0].numel() if parameter.ndim > 1 else 0
            spread = fan**-0.5 if fan else 0.02
            noise = torch.randn(parameter.shape, generator=generator) * spread
            parameter.copy_(noise if parameter.ndim > 1 else parameter + noise)
