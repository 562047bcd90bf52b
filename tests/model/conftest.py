"""A made photograph: broad shapes, fine grain, all colours; how to look at it. A tiny pack. A valueless GPU."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from model.imaging.crop import Crop

FAKE_GPU = "fakegpu"


@pytest.fixture(scope="session")
def scene() -> np.ndarray:
    """float32 160 x 220 x 3, 0..1."""
    rng = np.random.default_rng(3)
    picture = np.zeros((160, 220, 3), np.float32)
    for sigma, weight in ((24, 1.0), (8, 0.5), (2, 0.25)):
        noise = cv2.GaussianBlur(rng.standard_normal((160, 220, 3)).astype(np.float32), (0, 0), sigma)
        picture += weight * noise / noise.std()
    picture = 0.4 + 0.17 * picture
    picture[::23, ::3] *= 0.1  # every neighbourhood of a photograph holds something dark
    return np.clip(picture, 0.0, 0.95).astype(np.float32)


@pytest.fixture(scope="session")
def lettering() -> np.ndarray:
    """bool 160 x 220: a word in broad strokes."""
    ink = np.zeros((160, 220), np.uint8)
    cv2.putText(ink, "Mark", (20, 105), cv2.FONT_HERSHEY_SIMPLEX, 2.4, 255, 12)
    return ink > 0


@pytest.fixture(scope="session")
def seen() -> Callable[..., Crop]:
    def see(pixels: np.ndarray, hint: np.ndarray | None = None) -> Crop:
        mask = None if hint is None else hint.astype(np.float32)
        return Crop(pixels.astype(np.float32), mask, (0, 0, pixels.shape[1], pixels.shape[0]))

    return see


def _refuse_foreign_indices(torch: Any, check_indices: Any) -> Any:
    """A mode in which indexing a tensor by one of another device fails, as it does on CUDA (fake tensors allow it)."""
    from torch.overrides import TorchFunctionMode

    class SameDevice(TorchFunctionMode):
        def __torch_function__(self, func, types, args=(), kwargs=None):
            if func in (torch.Tensor.__getitem__, torch.Tensor.__setitem__):
                check_indices(args[0], args[1])
            if func in (torch.Tensor.cpu, torch.Tensor.numpy):
                raise RuntimeError("the host waits for the device here")
            return func(*args, **(kwargs or {}))

    return SameDevice()


def _check_indices(tensor: Any, index: Any) -> None:
    for part in index if isinstance(index, tuple) else (index,):
        device = getattr(part, "device", None)
        if device is not None and device.type not in ("cpu", tensor.device.type):
            raise RuntimeError(f"indices on {device} of a tensor on {tensor.device}")


@pytest.fixture
def fake_gpu(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A context with the device "fakegpu": `with fake_gpu() as made: made(tensor)` makes one of the same shape there.

    Mixed devices raise, and so does whatever would make the host wait for the device's values: item, tolist, nonzero,
    boolean masks. Generators are the host's, for a device that computes nothing draws nothing either.
    """
    torch = pytest.importorskip("torch")
    if os.environ.get("FAKE_GPU") != "1":
        pytest.skip("run by test_fake_gpu.py in a process of its own: the device cannot be unregistered again")
    from torch._subclasses.fake_tensor import FakeTensorMode
    from torch.utils.backend_registration import _setup_privateuseone_for_python_backend

    if torch._C._get_privateuse1_backend_name() != FAKE_GPU:
        _setup_privateuseone_for_python_backend(FAKE_GPU)
    mode = FakeTensorMode(allow_non_fake_inputs=True)
    from_numpy, tensor, generator, randint = torch.from_numpy, torch.tensor, torch.Generator, torch.randint

    def made(real: Any) -> Any:
        return torch.empty(real.shape, dtype=real.dtype, device=FAKE_GPU)

    def fake_tensor(data: Any, device: Any = None, dtype: Any = None) -> Any:
        # On the host by name: inside `with torch.device(...)` it would be made where nothing can be computed.
        return mode.from_tensor(tensor(data, dtype=dtype, device="cpu")).to(device or "cpu")

    def host_or_fake(low: int, high: Any, *sizes: Any, **options: Any) -> Any:
        if "device" in options:
            return randint(low, high, *sizes, **options)
        return low  # a number that steers the host, which a fake tensor does not hold

    @contextmanager
    def context() -> Iterator[Any]:
        with monkeypatch.context() as patch, mode, _refuse_foreign_indices(torch, _check_indices):
            patch.setattr(torch, "from_numpy", lambda array: mode.from_tensor(from_numpy(array)))
            patch.setattr(torch, "tensor", fake_tensor)
            patch.setattr(torch, "randint", host_or_fake)
            patch.setattr(torch, "Generator", lambda device="cpu": generator("cpu"))
            yield made

    return context


def procedural_photo(number: int) -> np.ndarray:
    """uint8, 180 x 260 x 3: smooth colours and edges, another one for each number."""
    rng = np.random.default_rng(number)
    rows, columns = np.mgrid[0:180, 0:260] / 180
    waves = [np.sin(rows * rng.uniform(1, 30) + columns * rng.uniform(1, 30) + rng.uniform(0, 6)) for _ in range(3)]
    picture = 0.5 + 0.3 * np.stack(waves, -1) + 0.15 * ((rows * 6 + columns * 4).astype(int) % 2)[..., None]
    return (picture.clip(0, 1) * 255).astype(np.uint8)


@pytest.fixture(scope="session")
def procedural() -> Callable[[int], np.ndarray]:
    return procedural_photo


@pytest.fixture(scope="session")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Procedural pictures, Pillow's own font and two sprites, written by the code that makes the real pack.

    Every split has photographs of its own, named after it.
    """
    from PIL import ImageFont

    from model.alphablend.glyphs import draw_atlas, draw_icon
    from model.alphablend.pack import Pack, PackedPhoto, write_pack
    from model.alphablend.sources import SPLITS, Split

    font = ImageFont.load_default(size=64)
    assert isinstance(font, ImageFont.FreeTypeFont)
    atlas = draw_atlas("default", font)
    icons = [icon for letter in "&@%#?" if (icon := draw_icon(font, letter)) is not None]
    assert atlas is not None
    sprite = np.zeros((128, 128, 4), np.uint8)
    sprite[20:100, 30:90] = (200, 60, 30, 255)
    parts: dict[Split, Pack] = {
        split: Pack(
            photos=[PackedPhoto(f"{split}-{i}", procedural_photo(10 * k + i)) for i in range(3)],
            atlases=[atlas],
            icons=icons,
            sprites=[sprite, sprite[::-1, :, [2, 0, 1, 3]].copy()],
        )
        for k, split in enumerate(SPLITS)
    }
    path = tmp_path_factory.mktemp("pack") / "pack.zip"
    write_pack(path, parts)
    return path


@pytest.fixture(scope="session")
def lpips_files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Random weights in the shape of the real files: VGG-16's widths, the linear layers' names."""
    import torch
    from safetensors.torch import save_file

    from model.train.lpips import _STAGES

    folder = tmp_path_factory.mktemp("lpips")
    generator = torch.Generator().manual_seed(0)
    trunk, before = {}, 3
    widths = (64, 128, 256, 512, 512)
    for stage, width in zip(_STAGES, widths, strict=True):
        for i in stage:
            weight = torch.randn(width, before, 3, 3, generator=generator) * (2 / (9 * before)) ** 0.5
            trunk |= {f"features.{i}.weight": weight, f"features.{i}.bias": torch.zeros(width)}
            before = width
    lines = {f"lin{k}.model.1.weight": torch.rand(1, w, 1, 1, generator=generator) for k, w in enumerate(widths)}
    save_file(trunk, folder / "vgg16.safetensors")
    torch.save(lines, folder / "vgg.pth")
    return folder / "vgg16.safetensors", folder / "vgg.pth"
