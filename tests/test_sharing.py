"""Which worker runs what: tests that share something dear to start are not torn apart."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FREE = "import time\n\ndef test_{name}():\n    time.sleep(0.1)\n"
BOUND = 'import pytest\n\n@pytest.fixture(scope="module")\ndef dear():\n    pass\n'


@pytest.fixture(scope="module")
def workers(tmp_path_factory):
    """Of a run of few tests, under the conftest of all: the set of workers that had a hand in each file."""
    folder = tmp_path_factory.mktemp("few") / "tests"
    (folder / "hosts").mkdir(parents=True)
    (folder / "conftest.py").write_bytes((ROOT / "tests" / "conftest.py").read_bytes())
    for name in ("one", "two", "three"):
        (folder / "hosts" / f"test_{name}.py").write_text(FREE.format(name=name))
    (folder / "test_bound.py").write_text(BOUND + "".join(f"\ndef test_{n}(dear):\n    pass\n" for n in range(4)))
    (folder / "test_free.py").write_text("".join(FREE.format(name=n) for n in range(12)))
    command = [sys.executable, "-m", "pytest", "-v", "-p", "no:cacheprovider", "-n", "2", "--dist", "loadgroup"]
    done = subprocess.run([*command, str(folder)], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    found = {}
    for worker, path in re.findall(r"^\[(gw\d)\].* PASSED (\S+?)::", done.stdout, re.MULTILINE):
        found.setdefault(path.split("tests/", 1)[-1], set()).add(worker)
    return found


def test_one_worker_runs_the_paint_programs(workers):
    files = [path for path in workers if path.startswith("hosts/")]
    assert len(files) == 3
    assert len(set.union(*(workers[path] for path in files))) == 1


def test_one_worker_makes_what_a_module_shares(workers):
    assert len(workers["test_bound.py"]) == 1


def test_both_workers_share_the_rest(workers):
    assert workers["test_free.py"] == {"gw0", "gw1"}
