import json

import numpy as np
import pytest
import torch
from PIL import Image

from bridge.cli import main as command
from model.errors import InvalidRequest
from model.evaluate.paper import table
from model.evaluate.paper.data import dilated, samples
from model.evaluate.paper.run import Judges, by_engine, main, score, unchanged
from model.evaluate.paper.table import Score


class MeanColours(torch.nn.Module):
    """A feature network of the kind that the Inception file holds."""

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.adaptive_avg_pool2d(pictures.float() / 255, 2)


def save(path, pixels) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)


@pytest.fixture
def logo(tmp_path):
    """Two natural pictures, three marked ones, as the authors' loader reads them."""
    rng = np.random.default_rng(0)
    for number in ("000001", "000002"):
        save(tmp_path / "logo" / "natural" / f"{number}.png", rng.integers(0, 200, (40, 48, 3), dtype=np.uint8))
    for name in ("000001-a", "000001-b", "000002-a"):
        natural = np.asarray(Image.open(tmp_path / "logo" / "natural" / f"{name[:6]}.png")).copy()
        mask = np.zeros((40, 48), np.uint8)
        mask[10:20, 12:30] = 255
        natural[mask > 0] = natural[mask > 0] // 2 + 127
        save(tmp_path / "logo" / "val_images" / "image" / f"{name}.png", natural)
        save(tmp_path / "logo" / "val_images" / "mask" / f"{name}.png", mask)
    return tmp_path / "logo"


@pytest.fixture
def alphablend(tmp_path):
    rng = np.random.default_rng(1)
    for task in ("cell", "glass"):
        y = rng.integers(0, 256, (32, 32, 3), dtype=np.uint8)
        x = np.zeros((32, 32, 4), np.uint8)
        x[8:16, 8:16] = (255, 255, 255, 128)
        z = y.copy()
        z[8:16, 8:16] = (y[8:16, 8:16].astype(int) * 127 + 255 * 128) // 255
        for part, pixels in (("z", z), ("x", x), ("y", y)):
            save(tmp_path / "ab" / task / part / "1.png", pixels)
    return tmp_path / "ab"


def test_logo_folders_pair_marked_pictures_with_the_natural_one_they_share(logo):
    found = list(samples(logo, "LOGO-H"))
    assert [one.name for one in found] == ["000001-a", "000001-b", "000002-a"]
    assert np.array_equal(found[0].background, found[1].background)
    outside = found[0].mask == 0
    assert np.array_equal(found[0].composite[outside], found[0].background[outside])
    assert not np.array_equal(found[0].composite, found[0].background)


def test_a_folder_of_subtasks_gives_a_row_for_each(alphablend):
    found = list(samples(alphablend, "AlphaBlend"))
    assert [one.row for one in found] == ["AlphaBlend cell", "AlphaBlend glass"]
    assert found[0].mask[8:16, 8:16].all()
    assert found[0].mask.sum() == 64 * 255
    assert [one.row for one in samples(alphablend / "cell", "mine")] == ["mine"]


def test_incomplete_benchmarks_say_what_is_missing(logo, tmp_path):
    (logo / "val_images" / "mask" / "000002-a.png").unlink()
    with pytest.raises(InvalidRequest, match="000002-a is missing in"):
        list(samples(logo, "x"))
    with pytest.raises(InvalidRequest, match="neither natural/"):
        list(samples(tmp_path / "nothing", "x"))


def test_masks_grow_by_ten_pixels_as_in_the_paper():
    mask = np.zeros((41, 41), np.uint8)
    mask[20, 20] = 255
    assert (dilated(mask) > 0).sum() == 21 * 21


def test_scores_are_means_over_pictures_and_a_perfect_background_wins(logo):
    methods = {"unchanged": unchanged, "truth": lambda sample: sample.background}
    scores = {one.method: one for one in score(samples(logo, "LOGO-H"), methods, Judges())}
    assert scores["truth"].rmse == 0
    assert scores["truth"].ssim == pytest.approx(1)
    expected = [np.sqrt(np.mean((s.composite.astype(float) - s.background) ** 2)) for s in samples(logo, "")]
    assert scores["unchanged"].rmse == pytest.approx(np.mean(expected), rel=1e-4)
    assert scores["unchanged"].pictures == 3
    assert scores["unchanged"].lpips is None


def test_the_table_has_the_papers_layout_with_the_best_in_bold():
    scores = [
        Score("LOGO-H", "SDXL-inpainting", 1, 8.1936, 0.9781, 0.0302, None, 1.0, None),
        Score("LOGO-H", "ours", 1, 3.2321, 0.9923, 0.0092, None, 2.0, None),
        Score("LOGO-L", "ours", 1, 2.1655, 0.99, None, 24.2, 2.0, 9.5),
    ]
    text = table.markdown(scores)
    assert "| Dataset | Metric | SDXL-inpainting | ours |" in text
    assert "| LOGO-H | RMSE↓ | 8.1936 | **3.2321** |" in text
    assert "| LOGO-H | SSIM↑ | 0.9781 | **0.9923** |" in text
    assert "| LOGO-L | FID↓ | - | **24.20** |" in text
    assert "LOGO-H | FID" not in text


def test_the_command_writes_both_tables_with_an_engine_beside_the_input(logo, tmp_path, capsys):
    main(["--data", f"LOGO-H={logo}", "--engines", "classic", "--out", str(tmp_path / "out")])
    rows = json.loads((tmp_path / "out" / "paper.json").read_text())
    assert [(row["row"], row["method"]) for row in rows] == [("LOGO-H", "unchanged"), ("LOGO-H", "classic")]
    assert "| LOGO-H | RMSE" in (tmp_path / "out" / "paper.md").read_text()
    assert "unchanged | classic" in capsys.readouterr().out


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_evaluation_command_reaches_every_metric_of_the_paper(logo, lpips_files, tmp_path, capsys):
    torch.jit.save(torch.jit.script(MeanColours()), tmp_path / "inception.pt")
    words = ["--data", f"LOGO-H={logo}", "--engines", "classic", "--out", str(tmp_path / "out")]
    words += ["--lpips", *map(str, lpips_files), "--inception", str(tmp_path / "inception.pt")]
    assert command(["evaluate", "paper", *words]) == 0
    scores = json.loads((tmp_path / "out" / "paper.json").read_text())
    assert {score["method"] for score in scores} == {"unchanged", "classic"}
    assert all(score["lpips"] > 0 and score["fid"] > 0 and score["seconds"] > 0 for score in scores)
    text = capsys.readouterr().out
    assert "LPIPS" in text
    assert ("peak GiB" in text) == torch.cuda.is_available()  # of the device


def test_an_engines_background_is_its_background_layer(logo):
    sample = next(iter(samples(logo, "x")))
    assert by_engine("classic")(sample).shape == sample.composite.shape
