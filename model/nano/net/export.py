"""From the trained network to the ONNX graph in the package, and back.

The graph is written node by node: it is small, the exporters want another package, and so every name in it is ours.
Weights are stored as float16 or in eight bits (`quantise`) and cast once when the session loads; all arithmetic is
float32.
Training side only (torch, onnx). Knows nothing of training.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from ...errors import ModelError
from .. import layout
from .graph import GraphWriter
from .pretrained import write_backbone, write_letters
from .quantise import with_quantised_weights
from .unet import Modulation, NanoNetwork, NanoParams, ResidualBlock

__all__ = ["TOLERANCE", "export", "largest_difference", "read_graph"]

OPSET = 18
TOLERANCE = 5e-3
"""Largest difference, 0..1, allowed between torch and the graph: weights that are not rounded are float16 there."""


def write_blocks(g: GraphWriter, x: str, stack: nn.Module) -> str:
    for block in stack.children():
        assert isinstance(block, ResidualBlock)
        x = g.op("Add", x, g.conv(g.op("Relu", g.conv(x, block.first)), block.second))
    return x


def write_modulate(g: GraphWriter, x: str, layer: nn.Module, embedding: str) -> str:
    assert isinstance(layer, Modulation)
    both = g.linear(embedding, layer.linear)
    width = layer.linear.out_features // 2
    scale, shift = (
        g.op("Unsqueeze", g.channels(both, part), g.integers(2, 3))
        for part in (slice(0, width), slice(width, 2 * width))
    )
    return g.op("Add", g.op("Mul", x, g.op("Add", scale, g.number(1.0))), shift)


def write_backbone_features(g: GraphWriter, network: NanoNetwork) -> list[str]:
    """The steps of NanoNetwork._backbone_features."""
    if network.backbone is None:
        return []
    seen = [g.conv(x, project) for x, project in zip(write_backbone(g, network.backbone), network.lateral, strict=True)]
    if len(seen) > len(network.encoder):
        deepest = g.upsample2x(seen.pop())
        seen[-1] = g.op("Add", seen[-1], deepest)
    return seen


def write_text_features(g: GraphWriter, network: NanoNetwork) -> list[str]:
    """The steps of NanoNetwork._text_features."""
    if network.letters is None:
        return []
    return [g.conv(x, read) for x, read in zip(write_letters(g, network.letters), network.reading, strict=True)]


def write_pool(g: GraphWriter, network: NanoNetwork, x: str) -> str:
    flat = g.op("Reshape", x, g.integers(0, 0, -1))
    attention = g.op("Reshape", g.conv(x, network.attention), g.integers(0, 0, -1))
    weight = g.op("Softmax", attention, axis=2)
    mean = g.op("ReduceMean", flat, g.integers(2), keepdims=0)
    attended = g.op("ReduceSum", g.op("Mul", flat, weight), g.integers(2), keepdims=0)
    return g.op("Concat", mean, attended, axis=1)


def write_nodes(g: GraphWriter, network: NanoNetwork) -> None:
    """The same steps, in the same order, as NanoNetwork.forward and .estimates."""
    last = len(network.down)
    backbone_features, text_features = write_backbone_features(g, network), write_text_features(g, network)
    x = g.conv("picture", network.stem)
    skips = []
    for level, encode in enumerate(network.encoder):
        x = write_blocks(g, x, encode)
        if backbone_features:
            x = g.op("Add", x, backbone_features[level])
        if text_features:
            x = g.op("Add", x, text_features[level])
        if level < last:
            skips.append(x)
            x = g.conv(x, network.down[level])

    pooled = write_pool(g, network, x)
    features = g.op("Relu", g.linear(pooled, network.classify[0]))
    tile = g.channels("condition", slice(layout.IS_TILE, layout.CONDITION_WIDTH))
    context = g.op("Mul", g.op("Sub", g.number(1.0), tile), g.linear(pooled, network.context))
    embedding = g.op("Relu", g.op("Add", g.linear("condition", network.condition), context))
    if network.latent is not None:
        drawn = g.op("Gemm", "latent", g.weight(network.latent.weight), transB=1)
        embedding = g.op("Add", embedding, drawn)

    x = write_modulate(g, x, network.modulate[last], embedding)
    for level in reversed(range(last)):
        up = g.upsample2x(g.conv(x, network.up[level]))
        x = write_modulate(g, g.op("Add", skips[level], up), network.modulate[level], embedding)
        x = write_blocks(g, x, network.decoder[level])
    out = g.op("DepthToSpace", g.conv(x, network.head), blocksize=2, mode="CRD")

    layer = g.op("Sigmoid", g.channels(out, slice(0, 6)))
    seen = g.op("Add", g.channels("picture", layout.PICTURE), g.number(0.5))
    paint = g.op("Clip", g.op("Add", seen, g.channels(out, slice(6, 9))), g.number(0.0), g.number(1.0))
    presence = g.op("Sigmoid", g.channels(out, slice(9, 10)))
    finals = {
        "layer": g.op("Concat", layer, paint, presence, axis=1),
        "blend": g.linear(features, network.blend),
        "kind": g.linear(features, network.kind),
    }
    for name, result in finals.items():
        g.nodes.append(helper.make_node("Identity", [result], [name]))


def export(network: NanoNetwork, path: Path, notes: dict[str, str] | None = None) -> float:
    """Writes the graph and gives its largest difference from torch. notes: provenance, kept in the file's metadata.

    Raises ModelError where the graph does not say the same as the network with its weights rounded.
    """
    network = with_quantised_weights(network)
    g = GraphWriter(network)
    write_nodes(g, network)
    floats = TensorProto.FLOAT
    inputs = [
        helper.make_tensor_value_info("picture", floats, ["n", layout.PICTURE_CHANNELS, "h", "w"]),
        helper.make_tensor_value_info("condition", floats, ["n", layout.CONDITION_WIDTH]),
    ]
    if network.latent is not None:
        inputs.append(helper.make_tensor_value_info("latent", floats, ["n", layout.LATENT_WIDTH]))
    outputs = [
        helper.make_tensor_value_info("layer", floats, ["n", layout.OUTPUT_CHANNELS, "h", "w"]),
        helper.make_tensor_value_info("blend", floats, ["n", len(layout.BLENDS)]),
        helper.make_tensor_value_info("kind", floats, ["n", len(layout.KINDS) + 1]),
    ]
    graph = helper.make_graph(g.nodes, "nano", inputs, outputs, g.weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="diffdecompose")
    model.ir_version = 9
    helper.set_model_props(model, {"params": json.dumps(asdict(network.params)), **(notes or {})})
    onnx.checker.check_model(model, full_check=True)
    temporary = path.with_suffix(".part")
    onnx.save(model, str(temporary))
    difference = largest_difference(network, temporary)
    if difference > TOLERANCE:
        raise ModelError(f"the graph differs from the network by {difference:.4f}, more than {TOLERANCE}: not kept")
    temporary.replace(path)
    return difference


@torch.no_grad()
def largest_difference(network: NanoNetwork, path: Path, seed: int = 0) -> float:
    """Between torch and ONNX Runtime over two sizes, 0..1 for pictures; class probabilities count alike."""
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    generator = torch.Generator().manual_seed(seed)
    worst = 0.0
    for height, width in ((64, 96), (128, 160)):
        picture = torch.rand(2, layout.PICTURE_CHANNELS, height, width, generator=generator) - 0.5
        condition = torch.rand(2, layout.CONDITION_WIDTH, generator=generator)
        condition[:, layout.IS_TILE] = torch.tensor([0.0, 1.0])
        latent = torch.randn(2, layout.LATENT_WIDTH, generator=generator)
        torch_side = network.float().cpu().estimates(picture, condition, latent)
        feeds = {"picture": picture.numpy(), "condition": condition.numpy()}
        if network.latent is not None:
            feeds["latent"] = latent.numpy()
        layer, blend, kind = (torch.from_numpy(a) for a in session.run(["layer", "blend", "kind"], feeds))
        for ours, theirs in (
            (torch_side.layer, layer),
            (torch_side.blend.softmax(1), blend.softmax(1)),
            (torch_side.kind.softmax(1), kind.softmax(1)),
        ):
            worst = max(worst, float((ours - theirs).abs().max()))
    return worst


def read_graph(path: Path) -> NanoNetwork:
    """The network whose weights a graph of ours holds, to train it further."""
    model = onnx.load(str(path))
    props = {p.key: p.value for p in model.metadata_props}
    if "params" not in props:
        raise ModelError(f"{path.name} was not written by this export: give a checkpoint or a graph of model/nano")
    params: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in json.loads(props["params"]).items()}
    network = NanoNetwork(NanoParams(**params))
    values = {w.name: torch.from_numpy(numpy_helper.to_array(w).astype(np.float32)) for w in model.graph.initializer}
    for name in [name for name in values if f"{name}.scale" in values]:
        values[name] *= values[f"{name}.scale"][:, None, None, None]
    state = network.state_dict()
    network.load_state_dict({name: values[name].reshape(state[name].shape) for name in state})
    return network
