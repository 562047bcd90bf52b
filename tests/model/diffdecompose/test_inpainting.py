# diffusers exports lazily and annotates loosely:
# pyright: reportPrivateImportUsage=false, reportAttributeAccessIssue=false, reportArgumentType=false

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers import (
    AutoencoderKL,
    EulerDiscreteScheduler,
    FluxFillPipeline,
    StableDiffusionXLInpaintPipeline,
    UNet2DConditionModel,
)
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

from model.blending import recompose
from model.diffdecompose import standin
from model.diffdecompose.inpainting import Inpainting, mask_of
from model.errors import EngineUnavailable
from model.types import Decomposition, Layer, Options, Provenance


def sdxl(folder: Path) -> Path:
    """The nine-channel inpainting network of SDXL, tiny."""
    torch.manual_seed(0)
    tokenizer = standin.text_parts(standin.TINY)["tokenizer"]
    clip = CLIPTextConfig(
        vocab_size=len(tokenizer), hidden_size=32, intermediate_size=32, projection_dim=32, num_hidden_layers=2,
        num_attention_heads=2, bos_token_id=tokenizer.bos_token_id, eos_token_id=tokenizer.eos_token_id,
    )  # fmt: skip
    unet = UNet2DConditionModel(
        in_channels=9, block_out_channels=(32, 64), layers_per_block=1, sample_size=8, norm_num_groups=4,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"), up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        attention_head_dim=(2, 4), use_linear_projection=True, addition_embed_type="text_time",
        addition_time_embed_dim=8, transformer_layers_per_block=(1, 1), projection_class_embeddings_input_dim=80,
        cross_attention_dim=64,
    )  # fmt: skip
    StableDiffusionXLInpaintPipeline(
        vae=AutoencoderKL(block_out_channels=(8, 8), norm_num_groups=4, down_block_types=("DownEncoderBlock2D",) * 2,
                          up_block_types=("UpDecoderBlock2D",) * 2),
        text_encoder=CLIPTextModel(clip), text_encoder_2=CLIPTextModelWithProjection(clip), tokenizer=tokenizer,
        tokenizer_2=tokenizer, unet=unet, scheduler=EulerDiscreteScheduler(),
    ).save_pretrained(folder)  # fmt: skip
    return folder


def flux_fill(folder: Path) -> Path:
    """FLUX.1 Fill, tiny: its transformer reads noise, picture and mask channel by channel."""
    torch.manual_seed(0)
    size = replace(standin.TINY, latent=4)
    vae = standin.autoencoder(size)
    per_pixel = (2 ** (len(size.blocks) - 1)) ** 2  # the mask, folded into latents
    from diffusers import FluxTransformer2DModel

    transformer = FluxTransformer2DModel(
        in_channels=4 * (size.latent + size.latent + per_pixel), out_channels=4 * size.latent, num_layers=1,
        num_single_layers=1, attention_head_dim=16, num_attention_heads=2, joint_attention_dim=size.text,
        pooled_projection_dim=size.pooled, guidance_embeds=True, axes_dims_rope=(4, 4, 8),
    )  # fmt: skip
    parts = standin.text_parts(size)
    FluxFillPipeline(transformer=transformer, vae=vae, scheduler=standin.scheduler(), **parts).save_pretrained(folder)
    return folder


@pytest.mark.parametrize("build", [sdxl, flux_fill])
def test_inpainting_paints_inside_the_mask_alone_and_repeats(build, tmp_path, picture):
    paint = Inpainting(build(tmp_path), steps=2)
    mask = np.zeros(picture.shape[:2], np.uint8)
    mask[10:30, 20:40] = 255
    painted = paint(picture, mask)
    assert painted.shape == picture.shape
    assert np.array_equal(painted[mask == 0], picture[mask == 0])
    assert not np.array_equal(painted[mask > 0], picture[mask > 0])
    assert np.array_equal(paint(picture, mask), painted)


def test_a_folder_that_holds_no_pipeline_says_what_to_do(tmp_path):
    with pytest.raises(EngineUnavailable, match="cannot be loaded for inpainting"):
        Inpainting(tmp_path)


def test_the_mask_of_an_estimate_covers_every_foreground_at_its_place():
    layer = np.zeros((4, 5, 4), np.uint8)
    layer[1:3, 1:4, 3] = 100
    layer[0, 0, 3] = 5  # under 3 %: nobody sees it
    provenance = Provenance("x", Options(), 0, None, None, 1.0, 0.1, 0)
    background = Layer("Background", np.zeros((12, 10, 3), np.uint8))
    answer = Decomposition((10, 12), (background, Layer("Foreground", layer, offset=(3, 6))), provenance)
    mask = mask_of(answer)
    assert mask.shape == (12, 10)
    assert mask[7:9, 4:7].all()
    assert (mask > 0).sum() == 6
    assert recompose(answer).shape == (12, 10, 3)
