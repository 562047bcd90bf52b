"""What is taken off unasked."""

import pytest

from model.nano import policy
from model.nano.calibration import VEIL_KINDS
from model.types import Kind


def test_a_kind_that_is_left_alone_is_not_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policy, "policy", lambda: {"flare": "leave", "glass": "classic"})
    assert policy.unasked_veils() == VEIL_KINDS - {Kind.FLARE}


def test_the_shipped_policy_looks_for_fog() -> None:
    assert Kind.FOG in policy.unasked_veils()
    assert set(policy.policy().values()) <= {"classic", "leave"}
