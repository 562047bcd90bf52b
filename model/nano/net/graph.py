"""Writes an ONNX graph node by node. Knows torch's layers and nothing of what they are for."""

from __future__ import annotations

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

from .quantise import is_quantised, quantised

__all__ = ["GraphWriter"]


class GraphWriter:
    """Collects nodes and weights; each method adds an operation and gives the name of its result."""

    def __init__(self, network: nn.Module) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[TensorProto] = []
        self.known: dict[str, str] = {}
        self.names = {id(parameter): name for name, parameter in network.named_parameters()}

    def op(self, kind: str, *inputs: str, **attributes: object) -> str:
        result = f"{kind.lower()}_{len(self.nodes)}"
        node = helper.make_node(kind, list(inputs), [result])
        node.attribute.extend(helper.make_attribute(key, value) for key, value in attributes.items())
        self.nodes.append(node)
        return result

    def weight(self, parameter: Tensor) -> str:
        name = self.names[id(parameter)]
        if name not in self.known and is_quantised(name, parameter):
            whole, scale = quantised(parameter.detach().cpu())
            self.weights.append(numpy_helper.from_array(whole.numpy(), name))
            self.weights.append(numpy_helper.from_array(scale.numpy(), f"{name}.scale"))
            self.known[name] = self.op("DequantizeLinear", name, f"{name}.scale", axis=0)
        elif name not in self.known:
            half = parameter.detach().cpu().to(torch.float16).numpy()
            self.weights.append(numpy_helper.from_array(half, name))
            self.known[name] = self.op("Cast", name, to=TensorProto.FLOAT)
        return self.known[name]

    def constant(self, values: np.ndarray) -> str:
        name = f"constant_{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(values, name))
        return name

    def integers(self, *values: int) -> str:
        return self.constant(np.array(values, np.int64))

    def number(self, value: float) -> str:
        return self.constant(np.array(value, np.float32))

    def conv(self, x: str, layer: nn.Module, pads: list[int] | None = None) -> str:
        """pads: above, left, below, right, where not the layer's own."""
        assert isinstance(layer, nn.Conv2d)
        learned = [self.weight(w) for w in (layer.weight, layer.bias) if w is not None]
        pads = pads or [int(p) for p in layer.padding] * 2
        return self.op("Conv", x, *learned, pads=pads, strides=list(layer.stride), group=layer.groups)

    def linear(self, x: str, layer: nn.Module) -> str:
        assert isinstance(layer, nn.Linear)
        return self.op("Gemm", x, self.weight(layer.weight), self.weight(layer.bias), transB=1)

    def upsample2x(self, x: str) -> str:
        return self.larger(x, 2)

    def larger(self, x: str, times: int) -> str:
        """Each pixel as so many by so many."""
        scales = self.constant(np.array([1, 1, times, times], np.float32))
        return self.op("Resize", x, "", scales, mode="nearest", nearest_mode="floor",
                       coordinate_transformation_mode="asymmetric")  # fmt: skip

    def channels(self, x: str, part: slice) -> str:
        return self.op("Slice", x, self.integers(part.start), self.integers(part.stop), self.integers(1))
