import ast
import dataclasses
import json
import typing
from importlib.metadata import version
from pathlib import Path

import pytest

import bridge.wire as wire
from bridge.wire import BadMessage, Options, codec, messages, parts
from bridge.wire.messages import Cancel, Chunk, Decompose, Fetch, Hello
from bridge.wire.parts import Blob, EngineInfo, Pixels
from model import types as model_types

KINDS = typing.get_args(messages.ClientMessage) + typing.get_args(messages.DaemonMessage)
JOB = "0123456789abcdef"


def example(hint, name=""):
    """A value of a field's type, different from its default."""
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if name == "job":
        return JOB
    if hint is Pixels:
        return Pixels(7, 8, 1, 1, 4, "u16", "bgra")
    if origin is typing.Union:
        return example(args[0], name)
    if origin is typing.Literal:
        return args[-1]
    if origin is tuple:
        return (example(args[0]),) if args[-1] is Ellipsis else tuple(example(arg) for arg in args)
    if dataclasses.is_dataclass(hint):
        return made(hint)
    return {int: 3, float: 0.5, str: "naïve 背景", bool: True, bytes: b"\0\xff"}[hint]


def made(kind):
    hints = typing.get_type_hints(kind)
    return kind(**{field.name: example(hints[field.name], field.name) for field in dataclasses.fields(kind)})


def decompose():
    mask = Pixels(2, 1, 1, 1, 1)
    return Decompose(JOB, Pixels(1, 4, 1, 1), Options(seed=2**62), mask, None, Blob(4, 10), (0, 0, 1, 1), (300.0, 72.5))


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind is not Decompose], ids=lambda kind: kind.__name__)
def test_every_message_survives_encoding_and_decoding(kind):
    message = made(kind)
    assert codec.decode(codec.encode(message)) == message


def test_a_decompose_with_all_its_parts_survives():
    assert codec.decode(codec.encode(decompose())) == decompose()
    assert [part.transfer for part in decompose().parts] == [1, 2, 4]


def test_a_chunk_survives_and_its_bytes_are_not_copied_again():
    frame = codec.encode_chunk(7, 1 << 40, b"abc")
    chunk = codec.decode(frame)
    assert (chunk.transfer, chunk.offset, bytes(chunk.data)) == (7, 1 << 40, b"abc")
    assert isinstance(chunk, Chunk)
    assert chunk.data.obj is frame


def test_unknown_fields_are_ignored():
    assert codec.decode('{"type": "cancel", "job": "0123456789abcdef", "colour": {"a": [1]}}') == Cancel(JOB)


def test_an_unknown_message_is_named_with_its_request_number():
    with pytest.raises(BadMessage, match="'refine' is not known") as caught:
        codec.decode('{"type": "refine", "request": 12}')
    assert (caught.value.code, caught.value.request) == ("unknown_message", 12)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "bad_message"),
        ("[]", "bad_message"),
        ("nonsense", "bad_message"),
        ("[" * 100_000, "bad_message"),
        ('{"type": ["hello"]}', "unknown_message"),
        ('{"type": "hello"}', "bad_message"),
        ('{"type": "hello", "protocol": NaN}', "bad_message"),
        ('{"type": "hello", "protocol": ' + "9" * 5000 + "}", "bad_message"),
        ('{"type": "hello", "protocol": 9223372036854775808}', "bad_request"),
        ('{"type": "hello", "protocol": true}', "bad_request"),
        ('{"type": "hello", "protocol": 1, "client": "\\ud800"}', "bad_request"),
        ('{"type": "fetch", "job": "0123456789abcdef", "depth": "u32"}', "bad_request"),
        ('{"type": "fetch", "job": 5}', "bad_request"),
        ('{"type": "hello", "protocol": 1, "client": "' + "x" * parts.MAX_TEXT + '"}', "too_large"),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else None,
)
def test_a_malformed_control_message_is_refused_with_a_code(text, code):
    with pytest.raises(BadMessage) as caught:
        codec.decode(text)
    assert caught.value.code == code
    assert caught.value.advice


@pytest.mark.parametrize("frame", [b"", b"DDpx", b"DDqx" + bytes(12), b"DDpx" + bytes(12 + parts.MAX_CHUNK + 1)])
def test_a_malformed_binary_message_is_refused(frame):
    with pytest.raises(BadMessage):
        codec.decode(frame)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"width": 0}, "bad_pixels"),
        ({"height": -5}, "bad_pixels"),
        ({"channels": 5}, "bad_pixels"),
        ({"size": 5}, "bad_pixels"),
        ({"width": 2**40, "size": 2**42}, "bad_pixels"),
    ],
)
def test_declared_pixels_that_cannot_be_are_refused(change, code):
    fields = json.loads(codec.encode(decompose()))
    fields["pixels"].update(change)
    with pytest.raises(BadMessage) as caught:
        codec.decode(json.dumps(fields))
    assert caught.value.code == code


@pytest.mark.parametrize(
    "change",
    [
        {"job": "../../etc"},
        {"job": "UPPER-CASE-NAME"},
        {"job": "short"},
        {"region": [0, 0, 2, 1]},
        {"region": [0, 0, 0, 0]},
        {"priority": 11},
        {"options": {"seed": -1}},
        {"options": {"steps": 0}},
        {"options": {"candidates": 9}},
        {"options": {"colour": [0, 0, 1.5]}},
        {"options": {"blend": "dissolve"}},
        {"options": {"prompt": "x" * 5000}},
        {"selection": {"transfer": 2, "size": 2, "width": 2, "height": 1, "channels": 1}},
        {"selection": {"transfer": 2, "size": 4, "width": 1, "height": 1, "channels": 4}},
        {"selection": {"transfer": 1, "size": 1, "width": 1, "height": 1, "channels": 1}},
        {"icc": {"transfer": 4, "size": 1 << 30}},
    ],
    ids=str,
)
def test_an_impossible_request_is_refused(change):
    with pytest.raises(BadMessage):
        codec.decode(json.dumps({**json.loads(codec.encode(decompose())), **change}))


def test_a_non_finite_option_is_refused():
    text = codec.encode(decompose()).replace('"prompt":""', '"colour":[0,1e999,0]')
    with pytest.raises(BadMessage, match="colour"):
        codec.decode(text)


def test_options_are_those_of_the_model_field_for_field():
    ours, theirs = dataclasses.fields(Options), dataclasses.fields(model_types.Options)
    assert [field.name for field in ours] == [field.name for field in theirs]
    assert vars(Options()) == {field.name: field.default for field in theirs}
    for literal, enum in ((parts.Blend, "BlendType"), (parts.Kind, "Kind"), (parts.Quality, "Quality")):
        assert list(typing.get_args(literal)) == [value.value for value in getattr(model_types, enum)]


def test_the_version_is_that_of_the_distribution():
    assert version("diffdecompose-bridge") == messages.VERSION


def test_small_pictures_do_not_flood_a_log():
    assert "rgb" not in repr(parts.Preview(1, 1, b"abc"))


def test_the_hosts_python_3_9_can_read_the_folder():
    for path in Path(str(wire.__file__)).parent.glob("*.py"):
        ast.parse(path.read_text("utf-8"), feature_version=(3, 9))


def test_everything_public_is_there_and_documented_in_protocol_md():
    protocol = (Path(str(wire.__file__)).parent.parent / "PROTOCOL.md").read_text("utf-8")
    for module in (wire, messages, parts, codec):
        for name in module.__all__:
            assert hasattr(module, name), name
    for kind in KINDS:
        message = decompose() if kind is Decompose else made(kind)
        assert f"`{json.loads(codec.encode(message))['type']}`" in protocol
        for field in dataclasses.fields(kind):
            assert field.name in protocol, f"{kind.__name__}.{field.name}"


def test_a_title_from_a_name_in_another_encoding_is_mended():
    title = b"caf\xe9".decode("utf-8", "surrogateescape")
    message = dataclasses.replace(decompose(), title=title)
    assert codec.decode(codec.encode(message)).title == "caf?"


def test_defaults_may_be_left_out():
    assert codec.decode('{"type": "fetch", "job": "0123456789abcdef"}') == Fetch(JOB)
    assert codec.decode('{"type": "hello", "protocol": 1}') == Hello(1)


def test_what_an_engine_lacks_is_one_word_and_no_field_of_the_wire():
    lacking = [
        EngineInfo("flux", "unavailable", detail).lacks
        for detail in ("needs 8 GB of memory", "its weights are missing: fetch them", "no CUDA device: choose nano")
    ]
    assert lacking == ["memory", "weights", ""]
    ready = EngineInfo("nano", "ready", "small; its weights come with the package")
    assert ready.lacks == ""
    assert "lacks" not in codec.to_fields(ready)


def test_an_overlay_of_any_size_travels_beside_the_picture_and_needs_alpha():
    pixels = Pixels(1, 12, 2, 2, 3)
    overlay = Pixels(5, 4 * 6, 2, 3, 4)
    message = Decompose("0123456789", pixels, overlay=overlay)
    assert message.parts == (pixels, overlay)
    with pytest.raises(BadMessage, match="colour and alpha"):
        Decompose("0123456789", pixels, overlay=Pixels(5, 18, 2, 3, 3))
