"""Linear layers in fewer bits: 8 by torchao, 4 by bitsandbytes, for any transformer; and how many bytes that makes.

Only the linear layers inside the blocks shrink: they are nearly all of the weights; what is outside decides colours and
stays as it is. Knows nothing of pipelines or of how much memory there is.
"""

# bitsandbytes and torchao annotate loosely:
# pyright: reportPrivateImportUsage=false, reportAttributeAccessIssue=false, reportArgumentType=false

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Any

import torch

__all__ = ["BLOCKS", "Bits", "expected_bytes", "shrunk_layers", "to_8_bit", "to_nf4", "weight_bytes"]

BLOCKS = ("transformer_blocks.",)
"""Parts of module names: the blocks of diffusion transformers."""


class Bits(StrEnum):
    """How a weight is held."""

    FP8 = "fp8"
    INT8 = "int8"
    NF4 = "nf4"


def shrunk_layers(model: torch.nn.Module, places: Sequence[str] = BLOCKS) -> Iterator[tuple[str, torch.nn.Linear]]:
    """The linear layers that shrink, by name: those whose name holds one of `places`."""
    for name, module in model.named_modules():
        if isinstance(module, torch.nn.Linear) and any(place in name for place in places):
            yield name, module


def to_8_bit(model: torch.nn.Module, bits: Bits, device: torch.device, places: Sequence[str] = BLOCKS) -> None:
    """Hold the blocks' weights in 8-bit floats or integers, one scale a row; moves them to `device`."""
    from torchao.quantization import (
        Float8DynamicActivationFloat8WeightConfig,
        Float8WeightOnlyConfig,
        Int8WeightOnlyConfig,
        PerRow,
        quantize_,
    )

    if bits is Bits.INT8:
        config = Int8WeightOnlyConfig()
    elif device.type == "cuda" and torch.cuda.get_device_capability(device) >= (8, 9):
        config = Float8DynamicActivationFloat8WeightConfig(granularity=PerRow())
    else:
        config = Float8WeightOnlyConfig()  # no 8-bit matrix units here: small, but not faster
    chosen = {name for name, _ in shrunk_layers(model, places)}
    quantize_(model, config, filter_fn=lambda _module, name: name in chosen, device=device)


def to_nf4(model: torch.nn.Module, dtype: torch.dtype, places: Sequence[str] = BLOCKS) -> None:
    """Swap the blocks' linear layers; bitsandbytes packs the weights when they move to the device.

    dtype: in which the layers compute.
    """
    import bitsandbytes as bnb

    packed: Any = bnb.nn.Params4bit  # its __new__ takes what its __init__ does not show
    for name, old in list(shrunk_layers(model, places)):
        new = bnb.nn.Linear4bit(
            old.in_features,
            old.out_features,
            bias=old.bias is not None,
            compute_dtype=dtype,
            compress_statistics=True,
            quant_type="nf4",
            device="meta",
        )
        new.weight = packed(old.weight.data, requires_grad=False, quant_type="nf4", module=new)
        new.bias = old.bias
        new.train(old.training)
        parent, _, last = name.rpartition(".")
        setattr(model.get_submodule(parent), last, new)


def expected_bytes(
    model: torch.nn.Module, bits: Bits | None, dtype: torch.dtype = torch.bfloat16, places: Sequence[str] = BLOCKS
) -> int:
    """How many bytes the model's weights take once shrunk, from their shapes alone: `model` may lie on "meta".

    bits: None = not shrunk.   dtype: of everything that does not shrink.
    8 bits carry a scale a row; NF4 one byte of scale a block of 64 and four bytes a block of 256 such scales.
    """
    whole = sum(parameter.numel() for parameter in model.parameters()) * dtype.itemsize
    if bits is None:
        return whole
    saved = 0
    for _, layer in shrunk_layers(model, places):
        weights = layer.in_features * layer.out_features
        if bits is Bits.NF4:
            kept = weights / 2 + weights / 64 + 4 * weights / (64 * 256)
        else:
            kept = weights + dtype.itemsize * layer.out_features
        saved += weights * dtype.itemsize - kept
    return round(whole - saved)


def weight_bytes(model: torch.nn.Module) -> int:
    """How many bytes the model's weights take as they are now, scales of quantised ones included."""
    return sum(_bytes(parameter) for parameter in model.parameters())


def _bytes(weight: torch.Tensor) -> int:
    inner = getattr(weight, "__tensor_flatten__", None)
    if inner is not None and type(weight) is not torch.nn.Parameter:  # torchao: a tensor made of several
        return sum(_bytes(getattr(weight, name)) for name in inner()[0])
    state = getattr(weight, "quant_state", None)
    scales = 0
    if state is not None:  # bitsandbytes: scales, which are quantised themselves
        parts = [state.absmax, *([state.state2.absmax] if state.nested else [])]
        scales = sum(part.numel() * part.element_size() for part in parts)
    return weight.numel() * weight.element_size() + scales
