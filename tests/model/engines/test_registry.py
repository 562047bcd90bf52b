"""The engine table: listing is light, names are checked, engines are kept."""

import subprocess
import sys

import pytest

from model.engines import ENGINES, available, load
from model.errors import InvalidRequest


def test_listing_the_engines_loads_no_torch():
    code = (
        "import sys, model.engines as e; states = e.available(); "
        "assert [s.name for s in states] == list(e.ENGINES); assert 'torch' not in sys.modules"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_an_engine_that_cannot_run_says_why_and_one_that_can_does_not():
    for state in available():
        assert state.ready == (state.reason == "")
        assert "\n" not in state.reason


def test_an_unknown_engine_is_refused_with_the_names_that_exist():
    with pytest.raises(InvalidRequest, match="classic"):
        load("magic")


def test_an_engine_is_loaded_once():
    assert load("classic") is load("classic")
    assert load("classic").name == "classic" == ENGINES["classic"].name
