"""A trained network made wider without changing what it computes (as in Net2Net, arXiv 1511.05641).

New channels read random weights, and nothing that was there reads them: those weights begin at zero. So the outputs are
the same at first, and the new channels are trained into use. Knows nothing of training.
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from ...errors import InvalidRequest
from ...nano.net import NanoNetwork

__all__ = ["widened"]


def widened(network: NanoNetwork, widths: tuple[int, ...]) -> NanoNetwork:
    """The same function with `widths` channels at each level, none less than before.

    Raises InvalidRequest for another number of levels, or for a narrower one.
    """
    before = network.params.widths
    if len(widths) != len(before) or any(new < old for new, old in zip(widths, before, strict=True)):
        raise InvalidRequest(f"widths {widths} must be {len(before)} numbers, none below {before}")
    larger = NanoNetwork(replace(network.params, widths=widths))
    own = network.state_dict()
    state = {}
    for name, new in larger.state_dict().items():
        inputs = outputs = 1
        if name.startswith("modulate.") or name in ("classify.0.weight", "context.weight"):
            # Scales then shifts; means then attended means: two lists of channels, one after the other.
            outputs, inputs = (2, 1) if name.startswith("modulate.") else (1, 2)
        state[name] = _placed(own[name], new, outputs, inputs)
    larger.load_state_dict(state)
    return larger


def _placed(old: Tensor, new: Tensor, outputs: int, inputs: int) -> Tensor:
    """`new` with `old` in the place of its first channels; what was there reads nothing of the new ones.

    outputs, inputs: of how many equal lists of channels the first and second dimension consist.
    """
    if old.shape == new.shape:
        return old.clone()
    rows = _places(old.shape[0], new.shape[0], outputs)
    result = new.clone()
    if old.dim() == 1:
        result[rows] = old
        return result
    columns = _places(old.shape[1], new.shape[1], inputs)
    result[rows] = 0
    result[rows[:, None], columns[None]] = old
    return result


def _places(old: int, new: int, lists: int) -> Tensor:
    """Where the old channels lie among the new ones."""
    first = torch.arange(old // lists)
    return torch.cat([first + number * (new // lists) for number in range(lists)])
