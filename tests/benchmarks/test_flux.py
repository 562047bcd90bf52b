import json

import pytest

pytest.importorskip("torch")
pytest.importorskip("diffusers")

from benchmarks.flux import main


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
        "bf16, compiled",
        "bf16, compiled, half the steps skipped",
        "fp8, compiled",
        "fp8, compiled, half the steps skipped",
        "nf4, eager",
        "int8, eager",
    ]
    for row in found.values():
        assert row["seconds"] is not None or "is not installed" in row["note"]
    assert "| fp8, compiled |" in (tmp_path / "flux-cuda.md").read_text()
