"""Which pictures are meant, and where each result goes."""

from pathlib import Path

import pytest

from bridge.plan import PlanError, expand, plan


@pytest.fixture
def folder(tmp_path):
    for name in ("b.png", "a.JPG", "notes.txt"):
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "deeper").mkdir()
    return tmp_path


def test_a_folder_means_its_pictures_sorted_and_nothing_else(folder):
    assert [p.name for p in expand([str(folder)])] == ["a.JPG", "b.png"]


def test_a_pattern_the_shell_left_alone_is_understood(folder):
    assert [p.name for p in expand([str(folder / "*.png")])] == ["b.png"]


def test_a_file_whose_name_looks_like_a_pattern_is_itself(tmp_path):
    odd = tmp_path / "photo[1].png"
    odd.write_bytes(b"x")
    assert expand([str(odd)]) == [odd]


def test_the_same_picture_named_twice_is_done_once(folder):
    assert len(expand([str(folder / "b.png"), str(folder)])) == 2


def test_a_pattern_that_matches_nothing_is_refused(folder):
    with pytest.raises(PlanError, match="no file matches"):
        expand([str(folder / "*.webp")])


def test_a_folder_without_pictures_is_refused(folder):
    with pytest.raises(PlanError, match="no picture in this folder"):
        expand([str(folder / "deeper")])


def test_one_picture_and_a_file_name_go_together(tmp_path):
    (task,) = plan([Path("photo.jpg")], str(tmp_path / "photo.psd"))
    assert task.target == tmp_path / "photo.psd"


def test_one_picture_and_a_plain_name_make_a_folder_of_layers(tmp_path):
    (task,) = plan([Path("photo.jpg")], str(tmp_path / "layers"))
    assert task.target == tmp_path / "layers"


def test_many_pictures_fill_a_folder_with_layered_files(tmp_path):
    tasks = plan([Path("a.jpg"), Path("b.jpg")], str(tmp_path / "out"))
    assert [t.target.name for t in tasks] == ["a.psd", "b.psd"]


def test_pictures_of_the_same_name_do_not_overwrite_each_other(tmp_path):
    sources = [Path("x/photo.jpg"), Path("y/photo.png"), Path("z/Photo.tif")]
    targets = [t.target.name for t in plan(sources, str(tmp_path), "ora")]
    assert targets == ["photo.ora", "photo-2.ora", "Photo-3.ora"]  # some file systems take Photo-2 for photo-2


def test_many_pictures_cannot_go_into_one_file(tmp_path):
    with pytest.raises(PlanError, match="give a folder"):
        plan([Path("a.jpg"), Path("b.jpg")], str(tmp_path / "all.psd"))


def test_an_ending_nobody_can_write_is_refused(tmp_path):
    with pytest.raises(PlanError, match=r"\.xyz cannot be written"):
        plan([Path("a.jpg")], str(tmp_path / "a.xyz"))


def test_the_input_is_never_its_own_output(tmp_path):
    with pytest.raises(PlanError, match="replace the input"):
        plan([tmp_path / "a.png"], str(tmp_path / "a.png"))


def test_a_file_where_a_folder_is_needed_is_refused(tmp_path):
    (tmp_path / "out").write_bytes(b"")
    with pytest.raises(PlanError, match="a folder is needed"):
        plan([Path("a.jpg"), Path("b.jpg")], str(tmp_path / "out"))


def test_an_output_that_would_replace_another_input_is_refused(tmp_path):
    for name in ("shot.jpg", "shot.tif"):
        (tmp_path / name).write_bytes(b"")
    sources = [tmp_path / "shot.jpg", tmp_path / "shot.tif"]
    with pytest.raises(PlanError, match=r"shot\.jpg: its output .*shot\.tif would replace .*shot\.tif, an input"):
        plan(sources, str(tmp_path), "tif")
    with pytest.raises(PlanError, match="an input of the same call"):
        plan(sources[::-1], str(tmp_path), "jpg")


def test_an_input_that_the_output_reaches_by_a_link_is_refused(tmp_path):
    (tmp_path / "photo.jpg").write_bytes(b"")
    (tmp_path / "master.tif").write_bytes(b"")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "photo.tif").symlink_to(tmp_path / "master.tif")
    sources = [tmp_path / "photo.jpg", tmp_path / "master.tif"]
    with pytest.raises(PlanError, match=r"would replace .*master\.tif"):
        plan(sources, str(tmp_path / "out"), "tif")


def test_a_mask_of_the_call_is_an_input_too(tmp_path):
    (tmp_path / "hint.png").write_bytes(b"")
    with pytest.raises(PlanError, match=r"would replace .*hint\.png"):
        plan([tmp_path / "photo.jpg"], str(tmp_path / "hint.png"), None, [tmp_path / "hint.png"])


def test_layers_do_not_go_into_a_folder_where_an_input_has_the_name_of_a_layer(tmp_path):
    (tmp_path / "Background.png").write_bytes(b"")
    (tmp_path / "photo.png").write_bytes(b"")
    with pytest.raises(PlanError, match="replace the input"):
        plan([tmp_path / "Background.png"], str(tmp_path), None)
    (task,) = plan([tmp_path / "photo.png"], str(tmp_path), None)
    assert task.target == tmp_path


def test_hidden_files_of_a_folder_are_no_pictures(folder):
    for name in ("._a.jpg", ".hidden.png"):
        (folder / name).write_bytes(b"\0\5\x16\7")
    assert all(not path.name.startswith(".") for path in expand([str(folder)]))
    assert all(not path.name.startswith(".") for path in expand([str(folder / "*")]))
    assert expand([str(folder / ".hidden.png")]) == [folder / ".hidden.png"]
