import numpy as np
from PIL import Image

from bridge.cli import main
from model.blending import composite
from model.evaluate.paper.data import samples
from model.train.triplets.export import export
from model.train.triplets.folder import FolderSource
from model.train.triplets.sample import Told
from model.types import BlendType, Kind


def test_what_is_exported_is_what_the_trainers_and_the_evaluation_read(pack, tmp_path):
    assert export(pack, tmp_path, 2, side=48, kinds=[Kind.FOG, Kind.XRAY], foregrounds=2) == 4
    source = FolderSource(tmp_path, 48, 0)
    assert [item.name for item in source.items] == ["fog/000000", "fog/000001", "xray/000000", "xray/000001"]
    assert all(told.foregrounds == 2 for told in source.prompts())
    assert source.sample(0).x.shape[1] == 2
    assert len({one.row for one in samples(tmp_path, "set")}) == 2


def test_the_layer_on_the_background_is_the_composite_by_the_blend_type_that_is_written(pack, tmp_path):
    export(pack, tmp_path, 4, side=48, kinds=[Kind.FLARE], foregrounds=1)
    source = FolderSource(tmp_path, 48, 0)
    for number in range(4):
        sample = source.sample(number)
        blend = sample.told[0].blend
        assert blend is not None
        assert blend is not BlendType.MULTIPLY  # a flare adds light
        x, y, z = (part[0].permute(1, 2, 0).numpy() for part in (sample.x[:, 0], sample.y, sample.z))
        assert np.abs(composite(x[..., 3:], x[..., :3], y, blend).clip(0, 1) - z).mean() < 0.03


def test_a_call_that_is_given_again_writes_what_is_missing_with_the_same_pixels(pack, tmp_path):
    words = ["data", "export", "--data", str(pack), "--out", str(tmp_path), "--count", "2", "--size", "32"]
    words += ["--kinds", "rain"]
    assert main(words) == 0
    before = {path: np.asarray(Image.open(path)) for path in tmp_path.rglob("*.png")}
    lost = tmp_path / "rain" / "z" / "000001.png"
    lost.unlink()
    assert main(words) == 0
    assert all(np.array_equal(np.asarray(Image.open(path)), pixels) for path, pixels in before.items())
    assert Told("rain streaks and drops", BlendType.NORMAL).words == FolderSource(tmp_path, 32, 0).told(0).words


def test_what_cannot_be_written_is_said_in_one_line(pack, tmp_path, capsys):
    assert main(["data", "export", "--data", str(tmp_path / "no.zip"), "--out", str(tmp_path)]) == 2
    assert "there is no pack at" in capsys.readouterr().err
    assert main(["data", "export", "--data", str(pack), "--out", str(tmp_path), "--foregrounds", "4"]) == 2
    assert "1 to 3 can be written" in capsys.readouterr().err


def test_two_processes_export_the_same(pack, tmp_path):
    def exported(folder, workers):
        assert export(pack, folder, 1, side=32, kinds=[Kind.FOG, Kind.XRAY], workers=workers) == 2
        return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*.*")}

    assert exported(tmp_path / "two", 2) == exported(tmp_path / "one", 1)
