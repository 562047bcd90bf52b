"""The weights of red, green and blue in luma, as JPEG and video have them."""

from __future__ import annotations

import numpy as np

__all__ = ["LUMA"]

LUMA = np.array([0.299, 0.587, 0.114], np.float32)
"""3, summing to one (ITU-R BT.601)."""
