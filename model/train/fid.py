"""Frechet Inception distance (Heusel et al. 2017) of two sets of pictures, from a network file at hand.

The file is a TorchScript module that takes uint8 pictures (B, 3, H, W) and gives features (B, D), called with
return_features=True where it takes that (as the widely used export of Inception-2015 does). Downloads nothing.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from ..errors import InvalidRequest

__all__ = ["Features", "frechet", "load"]


class Features:
    """Collects the features of a set of pictures."""

    def __init__(self, network: torch.jit.ScriptModule) -> None:
        self._network = network
        self._rows: list[np.ndarray] = []

    def add(self, picture: np.ndarray) -> None:
        """picture: uint8 H x W x 3."""
        batch = torch.from_numpy(picture.copy()).permute(2, 0, 1)[None]
        with torch.no_grad():
            try:
                found = self._network(batch, return_features=True)
            except RuntimeError:  # TorchScript's answer to an argument it does not know
                found = self._network(batch)
        self._rows.append(found.flatten(1).double().numpy())

    def array(self) -> np.ndarray:
        """(N, D) float64."""
        return np.concatenate(self._rows)


def load(path: Path) -> torch.jit.ScriptModule:
    """Raises InvalidRequest where the file is no TorchScript module."""
    try:
        return torch.jit.load(path, map_location="cpu").eval()
    except (RuntimeError, ValueError, OSError) as error:
        raise InvalidRequest(f"{path} is no TorchScript module: give the Inception file or leave FID out") from error


def frechet(one: np.ndarray, other: np.ndarray) -> float:
    """|m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)) of two sets of features, (N, D) each, N > 1.

    The trace of the root is the sum of the roots of the eigenvalues of C1 C2, which are real and not negative.
    """
    means = one.mean(0), other.mean(0)
    first, second = np.cov(one, rowvar=False), np.cov(other, rowvar=False)
    first, second = np.atleast_2d(first), np.atleast_2d(second)
    roots = np.sqrt(np.clip(np.linalg.eigvals(first @ second).real, 0, None)).sum()
    gap = means[0] - means[1]
    return float(gap @ gap + np.trace(first) + np.trace(second) - 2 * roots)
