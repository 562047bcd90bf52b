"""The parts of a graph whose weights were published by others: the backbone and the text detector, node by node."""

from __future__ import annotations

import numpy as np
from torch import nn

from .. import layout
from .backbone import LEVELS, Backbone, InvertedResidual
from .graph import GraphWriter
from .text_detector import MEAN, SPREAD, USUAL, DepthwiseMlp, Neck, Squeeze, TextDetector

__all__ = ["write_backbone", "write_letters"]


def write_backbone(g: GraphWriter, backbone: Backbone) -> list[str]:
    """The steps of Backbone.forward."""
    low, high = g.number(0.0), g.number(6.0)

    def relu6(x: str) -> str:
        return g.op("Clip", x, low, high)

    seen = g.op("Add", g.channels("picture", layout.PICTURE), g.number(0.5))
    levels = g.op("Sub", g.op("Mul", seen, g.number(255.0)), g.number(127.0))
    x = relu6(g.conv(g.op("Div", levels, g.number(128.0)), backbone.stem))
    features = []
    for number, stage in enumerate(backbone.stages):
        for block in stage.children():
            assert isinstance(block, InvertedResidual)
            wide = x if block.expand is None else relu6(g.conv(x, block.expand))
            out = g.conv(relu6(g.conv(wide, block.depthwise)), block.project)
            x = g.op("Add", x, out) if block.residual else out
        if number in LEVELS:
            features.append(x)
    return features


def write_squeeze(g: GraphWriter, squeeze: Squeeze, x: str) -> str:
    pooled = g.op("ReduceMean", x, g.integers(2, 3), keepdims=1)
    weights = g.conv(g.op("Relu", g.conv(pooled, squeeze.first)), squeeze.second)
    return g.op("Mul", x, g.op("HardSigmoid", weights, alpha=squeeze.slope, beta=0.5))


def write_mlp(g: GraphWriter, block: DepthwiseMlp, x: str) -> str:
    x = g.conv(x, block.depthwise)
    if block.squeeze is not None:
        x = write_squeeze(g, block.squeeze, x)
    wide = g.conv(x, block.widen)
    bell = g.op("Add", g.op("Erf", g.op("Div", wide, g.number(2**0.5))), g.number(1.0))
    out = g.conv(g.op("Mul", g.op("Mul", wide, bell), g.number(0.5)), block.narrow)
    return g.op("Add", x, out) if block.residual else out


def write_neck(g: GraphWriter, neck: Neck, x: str) -> str:
    x = g.conv(x, neck.project)
    return g.op("Add", x, write_squeeze(g, neck.squeeze, x))


def write_letters(g: GraphWriter, letters: TextDetector) -> list[str]:
    """The steps of TextDetector.forward."""
    mean, spread = (g.constant(np.array(v, np.float32).reshape(1, 3, 1, 1)) for v in (MEAN, SPREAD))
    blue_first = g.op("Gather", g.channels("picture", layout.PICTURE), g.integers(2, 1, 0), axis=1)
    seen = g.op("Div", g.op("Sub", g.op("Add", blue_first, g.number(0.5)), mean), spread)

    def relu(x: str, layer: nn.Module, pads: list[int] | None = None) -> str:
        return g.op("Relu", g.conv(x, layer, pads))

    first = relu(seen, letters.stem[0])
    fine = relu(relu(first, letters.stem[1], [0, 0, 1, 1]), letters.stem[2], [0, 0, 1, 1])
    pooled = g.op("MaxPool", first, kernel_shape=[2, 2], strides=[1, 1], pads=[0, 0, 1, 1])
    x = relu(relu(g.op("Concat", pooled, fine, axis=1), letters.stem[3]), letters.stem[4])
    sizes = []
    for stage in letters.stages:
        for block in stage.children():
            assert isinstance(block, DepthwiseMlp)
            x = write_mlp(g, block, x)
        sizes.append(x)
    pyramid: list[str] = []
    for neck, size in zip(letters.necks, reversed(sizes), strict=True):
        assert isinstance(neck, Neck)
        mine = write_neck(g, neck, size)
        pyramid.append(g.op("Add", mine, g.upsample2x(pyramid[-1])) if pyramid else mine)
    seen_around = []
    for look, level, times in zip(letters.around, pyramid, (8, 4, 2, 1), strict=True):
        depthwise, neck = look.children()
        assert isinstance(neck, Neck)
        one = write_neck(g, neck, g.conv(level, depthwise))
        seen_around.append(g.larger(one, times) if times > 1 else one)
    quarter = g.op("Concat", *seen_around, axis=1)
    grow = letters.grow
    both = g.weight(grow.weight), g.weight(grow.bias)  # type: ignore[arg-type]
    half = g.op("Relu", g.op("ConvTranspose", relu(quarter, letters.gather), *both, strides=[2, 2]))
    maps = (half, quarter, pyramid[2], pyramid[1])
    return [g.op("Div", x, g.number(usual)) for x, usual in zip(maps, USUAL, strict=True)]
