"""The enabling line in kritarc: set, read, taken out, everything else kept byte for byte."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.hosts.kritarc import read, without_group, write

KEY = "enable_diffdecompose"
FILES = [
    "",
    "[python]\nenable_other=true\n",
    "[General]\nx=ä\n",
    "[python]\r\nenable_other=false\r\n\r\n[Tail]\r\ny=1\r\n",
    "[General]\nenable_diffdecompose=no\n\n[python]\n\n[Tail]\ny=1\n",
]


@pytest.mark.parametrize("text", FILES)
def test_the_line_is_set_in_its_group_and_every_other_line_stays(text):
    after = write(text, KEY, "true")
    assert read(after, KEY) == "true"
    assert [line for line in text.splitlines() if line not in after.splitlines()] == []
    assert ("\r\n" in after) == ("\r\n" in text)
    assert write(after, KEY, "true") == after


@pytest.mark.parametrize("text", FILES[:4])
def test_taking_it_out_gives_the_file_that_was(text):
    assert write(write(text, KEY, "true"), KEY, None) == text


def test_what_it_said_before_can_be_written_back():
    text = "[python]\nenable_diffdecompose=false\n"
    assert read(text, KEY) == "false"
    assert write(write(text, KEY, "true"), KEY, "false") == text


LINES = st.lists(st.sampled_from(["[python]", "[General]", "a=1", "enable_other=true", "# word", ""]), max_size=8)


@given(LINES)
def test_of_any_file_only_our_line_differs(lines):
    text = "".join(f"{line}\n" for line in lines)
    after = write(text, KEY, "true")
    assert read(after, KEY) == "true"
    assert [line for line in after.splitlines() if not line.startswith(KEY)][: len(lines)] == lines


def test_the_settings_of_a_plugin_go_as_a_group_and_nothing_else_does():
    text = "[General]\nx=1\n\n[diffdecompose]\nchoice={}\n\n[python]\nenable_other=true\n"
    assert without_group(text, "diffdecompose") == "[General]\nx=1\n\n[python]\nenable_other=true\n"
    assert without_group("[General]\nx=1\n\n[diffdecompose]\na=1\n", "diffdecompose") == "[General]\nx=1\n"
    assert without_group("[diffdecompose2]\na=1\n", "diffdecompose") == "[diffdecompose2]\na=1\n"
