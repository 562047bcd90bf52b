"""Memory estimates against what tiny models of the real classes take once they are shrunk."""

# diffusers exports lazily and annotates loosely:
# pyright: reportPrivateImportUsage=false, reportAttributeAccessIssue=false, reportArgumentType=false

import pytest
import torch
from diffusers import QwenImageTransformer2DModel

from model.diffdecompose import qwen_tiers, standin, tiers
from model.diffdecompose.memory import Tier
from model.diffdecompose.quantise import Bits, expected_bytes, to_8_bit, to_nf4, weight_bytes

CPU = torch.device("cpu")
GIB = 2**30


def flux() -> torch.nn.Module:
    return standin.transformer(standin.MIDDLE).to(torch.bfloat16)


def qwen() -> torch.nn.Module:
    return QwenImageTransformer2DModel(
        patch_size=2,
        in_channels=32,
        out_channels=8,
        num_layers=2,
        attention_head_dim=64,
        num_attention_heads=4,
        joint_attention_dim=64,
        axes_dims_rope=(16, 24, 24),
    ).to(torch.bfloat16)


@pytest.mark.parametrize("make", [flux, qwen])
@pytest.mark.parametrize(
    ("bits", "library"), [(None, None), (Bits.FP8, "torchao"), (Bits.INT8, "torchao"), (Bits.NF4, "bitsandbytes")]
)
def test_the_estimate_from_shapes_is_what_the_shrunk_weights_take(make, bits, library):
    if library:
        pytest.importorskip(library)
    model = make()
    expected, before = expected_bytes(model, bits), weight_bytes(model)
    if bits is Bits.NF4:
        to_nf4(model, torch.bfloat16)
        model.to(CPU)
    elif bits is not None:
        to_8_bit(model, bits, CPU)
    measured = weight_bytes(model)
    assert measured == pytest.approx(expected, rel=0.05)
    assert bits is None or measured < 0.75 * before


def test_the_tiers_of_flux_say_what_the_real_shapes_make_them_need():
    with torch.device("meta"):
        transformer = standin.transformer(standin.FLUX_DEV)
    for tier, bits in ((Tier.BF16, None), (Tier.FP8, Bits.FP8), (Tier.INT8, Bits.INT8), (Tier.NF4, Bits.NF4)):
        needed = expected_bytes(transformer, bits) / GIB + 1.5  # activations at 512 px
        assert needed <= tiers.TIERS.facts(tier).gib <= 1.25 * needed


def test_the_tiers_of_qwen_say_what_the_real_shapes_make_them_need():
    with torch.device("meta"):
        transformer = QwenImageTransformer2DModel()
    text = 8.29e9 * 2 / GIB
    said = {one.tier: one.gib for one in qwen_tiers.TIERS}
    alone = {bits: expected_bytes(transformer, bits) / GIB for bits in (None, Bits.FP8, Bits.NF4)}
    assert said[Tier.BF16] == pytest.approx(alone[None] + text + qwen_tiers.ACTIVATIONS, rel=0.02)
    for tier, bits in ((Tier.OFFLOAD, None), (Tier.FP8, Bits.FP8), (Tier.NF4, Bits.NF4)):
        assert said[tier] == pytest.approx(alone[bits] + qwen_tiers.ACTIVATIONS, rel=0.02)
