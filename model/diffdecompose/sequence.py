"""Pictures to latents to tokens and back: pure functions around one fixed order, [z; x_1 .. x_n; y].

Knows nothing of noise, prompts or the network.
"""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

from ..errors import InvalidRequest
from .errors import NotFinite

__all__ = ["pack", "pad_to", "picture_to_tensor", "require_finite", "unpack"]

Picture = Image.Image | np.ndarray | torch.Tensor


def picture_to_tensor(picture: Picture) -> torch.Tensor:
    """A picture as float32 (1, 4, H, W), straight alpha, 0..1; a picture without alpha is opaque.

    picture: PIL; numpy H x W x 3|4 of uint8, uint16 or float 0..1; torch (3|4, H, W) or (1, 3|4, H, W) float 0..1.
    Raises InvalidRequest for another shape or dtype, and where a float picture holds NaN.
    """
    if isinstance(picture, Image.Image):
        picture = np.asarray(picture.convert("RGBA"))
    if isinstance(picture, np.ndarray):
        if picture.ndim != 3 or picture.shape[2] not in (3, 4):
            raise InvalidRequest(f"a picture must be H x W x 3 or 4, not {picture.shape}: convert it first")
        top = np.iinfo(picture.dtype).max if picture.dtype in (np.uint8, np.uint16) else 1.0
        picture = torch.from_numpy((picture / np.float32(top)).astype(np.float32)).permute(2, 0, 1)
    tensor = picture[None] if picture.ndim == 3 else picture
    if tensor.ndim != 4 or tensor.shape[0] != 1 or tensor.shape[1] not in (3, 4):
        raise InvalidRequest(f"a picture must be (3 or 4, H, W), not {tuple(picture.shape)}: give one picture")
    tensor = tensor.float()
    if not torch.isfinite(tensor).all():
        raise InvalidRequest("the picture holds NaN or infinity: repair it first")
    if tensor.shape[1] == 3:
        tensor = torch.cat([tensor, torch.ones_like(tensor[:, :1])], dim=1)
    return tensor


def pad_to(tensor: torch.Tensor, multiple: int) -> torch.Tensor:
    """(B, C, H, W) grown right and down by repeating the edge until both sides divide by `multiple`."""
    height, width = tensor.shape[-2:]
    return F.pad(tensor, (0, -width % multiple, 0, -height % multiple), mode="replicate")


def pack(latents: torch.Tensor) -> torch.Tensor:
    """(B, C, h, w) -> (B, h/2 * w/2, 4 C): Flux's token is a 2 x 2 patch of latents, row by row."""
    b, c, h, w = latents.shape
    patches = latents.view(b, c, h // 2, 2, w // 2, 2).permute(0, 2, 4, 1, 3, 5)  # (B, h/2, w/2, C, 2, 2)
    return patches.reshape(b, (h // 2) * (w // 2), 4 * c)


def unpack(tokens: torch.Tensor, rows: int, columns: int) -> torch.Tensor:
    """(B, rows * columns, 4 C) -> (B, C, 2 rows, 2 columns): the inverse of `pack`."""
    b, _, channels = tokens.shape
    patches = tokens.view(b, rows, columns, channels // 4, 2, 2).permute(0, 3, 1, 4, 2, 5)
    return patches.reshape(b, channels // 4, 2 * rows, 2 * columns)


def require_finite(tensor: torch.Tensor, where: str) -> None:
    """Raises NotFinite, naming `where`: a black picture would hide what went wrong."""
    if not bool(torch.isfinite(tensor).all()):
        raise NotFinite(
            f"{where} became NaN or infinite: use bf16 instead of fp16, a lower LoRA scale, or other weights"
        )
