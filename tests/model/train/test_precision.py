"""Training computes in bfloat16 only where the processor has it."""

import pytest
import torch

from model.train.precision import mixed_precision


@pytest.mark.parametrize(("capability", "dtype"), [("AVX2", torch.float32), ("AVX512", torch.bfloat16)])
def test_bfloat16_only_where_the_processor_computes_it(monkeypatch, capability, dtype):
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: capability)
    convolution = torch.nn.Conv2d(3, 4, 3)
    with mixed_precision("cpu"):
        assert convolution(torch.zeros(1, 3, 8, 8)).dtype == dtype
