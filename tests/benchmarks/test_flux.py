import json
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("diffusers")

from benchmarks import flux
from benchmarks.flux import main

ROOT = Path(__file__).resolve().parents[2]


def rows(folder, what: str) -> dict[str, dict]:
    return {row["name"]: row for row in json.loads((folder / f"flux-{what}.json").read_text())["rows"]}


def test_the_cpu_benchmark_compares_a_step_with_the_bare_call_and_skips_text_the_second_time(tmp_path):
    main(["cpu", "--size", "tiny", "--side", "32", "--steps", "3", "--repeats", "1", "--out", str(tmp_path)])
    found = rows(tmp_path, "cpu")
    assert found["pipeline, a step"]["seconds"] >= found["transformer call, a step"]["seconds"] > 0
    assert found["first call with a prompt"]["note"] == "1 passes of T5"
    assert found["second call with a prompt"]["note"] == "0 passes of T5"


def test_the_gpu_benchmark_runs_every_row_at_tiny_size_and_writes_a_table(tmp_path):
    main(["cuda", "--size", "tiny", "--side", "32", "--steps", "2", "--repeats", "1", "--out", str(tmp_path)])
    found = rows(tmp_path, "cuda")
    assert list(found)[-8:] == [
        "bf16, eager, bare loop",
        "bf16, eager, ours",
        "fp8, compiled",
        "fp8, compiled, half the steps skipped",
        "nf4, eager",
        "int8, eager",
        "bf16, compiled",
        "bf16, compiled, half the steps skipped",
    ]
    for row in found.values():
        assert row["seconds"] is not None or "is not installed" in row["note"]
    assert "| fp8, compiled |" in (tmp_path / "flux-cuda.md").read_text()


def test_what_a_bare_machine_still_needs_is_written_in_the_script():
    assert flux.__doc__ is not None
    for wheel in ("diffusers (6.1 MiB)", "torchao (3.2 MiB)", "importlib_metadata", "bitsandbytes (41 MiB)"):
        assert wheel in flux.__doc__


def test_a_run_that_is_stopped_leaves_the_rows_it_has_measured(tmp_path, monkeypatch):
    def stopped(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(flux, "_tier", stopped)
    with pytest.raises(KeyboardInterrupt):
        main(["cuda", "--size", "tiny", "--side", "32", "--steps", "1", "--repeats", "1", "--out", str(tmp_path)])
    assert list(rows(tmp_path, "cuda")) == [
        "bf16, eager, bare loop",
        "bf16, eager, ours",
        "fp8, compiled",
        "fp8, compiled, half the steps skipped",
    ]
    assert "| bf16, eager, ours |" in (tmp_path / "flux-cuda.md").read_text()


def test_without_torchao_and_bitsandbytes_the_other_rows_are_measured_and_theirs_say_what_is_missing(tmp_path):
    code = (
        "import sys\n"
        "for name in ('torchao', 'bitsandbytes', 'gguf'):\n    sys.modules[name] = None  # as if not installed\n"
        "from benchmarks.flux import main\n"
        f"main('cuda --size tiny --side 32 --steps 1 --repeats 1 --out'.split() + [{str(tmp_path)!r}])"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT, timeout=240, capture_output=True)
    found = rows(tmp_path, "cuda")
    assert found["bf16, eager, ours"]["seconds"] > 0
    assert found["bf16, compiled"]["seconds"] > 0
    for name, library in (("fp8, compiled", "torchao"), ("int8, eager", "torchao"), ("nf4, eager", "bitsandbytes")):
        assert found[name]["seconds"] is None
        assert f"needs {library}: install it with pip" in found[name]["note"]
