"""The journal survives what interrupts it, and says what is complete."""

from __future__ import annotations

import json

import pytest

from bridge.batch.journal import BEGUN, DONE, JOURNAL_NAME, Entry, Journal, JournalError, hash_of_file


def entry(event: str, *outputs: str, sha256: str = "a", settings: str = "s") -> Entry:
    return Entry(event, "/in/a.png", sha256, settings, outputs)


def test_a_result_is_done_while_all_its_files_are_there_and_nothing_that_matters_changed(tmp_path):
    Journal(tmp_path).append(entry(DONE, "a/manifest.json", "a/background.png"))
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "manifest.json").write_text("")
    assert not Journal(tmp_path).is_done("a", "s", "a/manifest.json")
    (tmp_path / "a" / "background.png").write_text("")
    assert Journal(tmp_path).is_done("a", "s", "a/manifest.json")
    for other in (("b", "s", "a/manifest.json"), ("a", "t", "a/manifest.json"), ("a", "s", "b/manifest.json")):
        assert not Journal(tmp_path).is_done(*other)


def test_a_last_line_that_was_cut_off_is_ignored_and_the_next_one_begins_anew(tmp_path):
    journal = Journal(tmp_path)
    journal.append(entry(DONE, "a.psd"))
    journal.append(entry(BEGUN, "b.psd"))
    path = tmp_path / JOURNAL_NAME
    path.write_bytes(path.read_bytes()[:-20])
    Journal(tmp_path).append(entry(BEGUN, "c.psd"))
    found = Journal(tmp_path)
    assert [one.outputs for one in found.entries] == [("a.psd",), ("c.psd",)]
    assert all(json.loads(line) for line in path.read_bytes().splitlines() if line.endswith(b"}"))


def test_only_what_was_begun_and_not_ended_may_be_replaced(tmp_path):
    journal = Journal(tmp_path)
    for one in (entry(BEGUN, "a.psd"), entry(DONE, "a.psd"), entry(BEGUN, "b.psd")):
        journal.append(one)
    found = Journal(tmp_path)
    assert (found.was_begun("a.psd"), found.was_begun("b.psd"), found.was_begun("c.psd")) == (False, True, False)


def test_lines_of_another_form_are_no_entries(tmp_path):
    (tmp_path / JOURNAL_NAME).write_text('{"event": "done"}\n[]\nnull\n{"outputs": 3}\nword\n')
    assert Journal(tmp_path).entries == ()


def test_a_journal_that_cannot_be_written_says_so_in_one_line(tmp_path):
    with pytest.raises(JournalError, match="the journal cannot be written"):
        Journal(tmp_path / "missing").append(entry(DONE))


def test_the_hash_is_that_of_the_content(tmp_path):
    (tmp_path / "a").write_bytes(b"abc")
    assert hash_of_file(tmp_path / "a").startswith("ba7816bf8f01cfea")
