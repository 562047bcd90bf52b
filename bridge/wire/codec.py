"""Messages to frames and back: values in, values out, no sockets.

A control message is a JSON object in a text frame: {"type": "cancel", "job": "...", "request": 3}.
A chunk of pixels is a binary frame: b"DDpx", transfer (u32), offset (u64), both little-endian, then
the bytes. Unknown fields are ignored so that either side may learn new ones; an unknown `type`
raises BadMessage with code unknown_message, anything else that is wrong one that names the field.
"""

import base64
import binascii
import dataclasses
import json
import re
import struct
import types
import typing
from functools import lru_cache
from math import isfinite
from typing import Any, Dict, Union

from . import messages
from .errors import BadMessage
from .messages import Chunk, ClientMessage, DaemonMessage
from .parts import MAX_CHUNK, MAX_TEXT

__all__ = ["decode", "encode", "encode_chunk", "from_fields", "message_type", "to_fields"]

_HEADER = struct.Struct("<4sIQ")
_MAGIC = b"DDpx"
_UNIONS = (Union, getattr(types, "UnionType", Union))  # Optional[X], and X | None where the interpreter knows it
_MAX_ITEMS = 10_000
_UPDATE = "update the older of the two programs"


def encode(message: Union[ClientMessage, DaemonMessage]) -> str:
    """The text frame of a control message. Half characters (file names of another encoding) become question marks."""
    fields = {"type": message_type(type(message)), **to_fields(message)}
    text = json.dumps(fields, separators=(",", ":"), allow_nan=False, ensure_ascii=False)
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def encode_chunk(transfer: int, offset: int, data: Any) -> bytes:
    """The binary frame of `data` (bytes-like, at most MAX_CHUNK) at `offset` of `transfer`."""
    return b"".join((_HEADER.pack(_MAGIC, transfer, offset), data))


def decode(frame: Union[str, bytes]) -> Any:
    """The message or `Chunk` in a frame. Raises BadMessage; nothing else, whatever the frame holds."""
    if isinstance(frame, str):
        return _decode_text(frame)
    if len(frame) < _HEADER.size:
        raise BadMessage("bad_message", f"a binary message has only {len(frame)} bytes", _UPDATE)
    magic, transfer, offset = _HEADER.unpack_from(frame)
    if magic != _MAGIC:
        raise BadMessage("bad_message", "a binary message does not start with its mark", _UPDATE)
    if len(frame) - _HEADER.size > MAX_CHUNK:
        raise BadMessage(
            "too_large", f"a binary message carries {len(frame) - _HEADER.size} bytes", f"send at most {MAX_CHUNK}"
        )
    return Chunk(transfer, offset, memoryview(frame)[_HEADER.size :])


def to_fields(value: Any) -> Dict[str, Any]:
    """A dataclass as a JSON object: tuples become lists, bytes base64, fields that are None are left out."""
    fields = ((f.name, getattr(value, f.name)) for f in dataclasses.fields(value))
    return {name: _plain(item) for name, item in fields if item is not None}


def from_fields(kind: type, fields: Any) -> Any:
    """The dataclass `kind` read from a JSON object, every field checked. Raises BadMessage naming the first bad one."""
    return _read_dataclass(kind, fields, message_type(kind))


def _decode_text(frame: str) -> Any:
    if len(frame) > MAX_TEXT:
        raise BadMessage("too_large", f"a control message has {len(frame)} characters", f"send at most {MAX_TEXT}")
    try:
        # Long digit strings take quadratic time; no number here needs more than 20 digits.
        fields = json.loads(frame, parse_constant=_no_constant, parse_int=_short_int)
    except (ValueError, RecursionError) as error:
        raise BadMessage("bad_message", f"a control message is not JSON ({str(error)[:80]})", _UPDATE) from None
    if not isinstance(fields, dict):
        raise BadMessage("bad_message", "a control message is not a JSON object", _UPDATE)
    number = fields.get("request", 0)
    number = number if isinstance(number, int) and not isinstance(number, bool) else 0
    tag = fields.get("type")
    kind = _kinds().get(tag) if isinstance(tag, str) else None
    if kind is None:
        raise BadMessage("unknown_message", f"a message of type {str(tag)[:40]!r} is not known", _UPDATE, number)
    try:
        return from_fields(kind, fields)
    except BadMessage as error:
        error.request = number
        raise


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not a finite number")


def _short_int(digits: str) -> int:
    if len(digits) > 20:
        raise ValueError("a number is too long")
    return int(digits)


def message_type(kind: type) -> str:
    """The `type` of a message class in JSON: its name in snake case."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", kind.__name__).lower()


@lru_cache(maxsize=None)
def _kinds() -> Dict[str, type]:
    kinds = typing.get_args(messages.ClientMessage) + typing.get_args(messages.DaemonMessage)
    return {message_type(kind): kind for kind in kinds}


@lru_cache(maxsize=None)
def _plan(kind: type) -> Any:
    """Name, type and what a missing field means, for each field of a dataclass; MISSING = it must be there."""
    hints = typing.get_type_hints(kind)

    def default(field: Any) -> Any:
        if field.default is dataclasses.MISSING and type(None) in typing.get_args(hints[field.name]):
            return None
        return field.default

    return tuple((field.name, hints[field.name], default(field)) for field in dataclasses.fields(kind))


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value):
        return to_fields(value)
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    return value


def _read_dataclass(kind: type, fields: Any, where: str) -> Any:
    if not isinstance(fields, dict):
        raise _wrong(where, "an object")
    read = {}
    for name, hint, default in _plan(kind):
        read[name] = default
        if fields.get(name) is not None:
            read[name] = _read(hint, fields[name], f"{where}.{name}")
        elif default is dataclasses.MISSING:
            raise BadMessage("bad_message", f"{where}.{name} is missing", "send it")
    return kind(**read)


def _read(hint: Any, value: Any, where: str) -> Any:
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin in _UNIONS:  # None was dealt with by the caller, except inside tuples, where it is wrong
        return _read(args[0], value, where)
    if origin is typing.Literal:
        if not isinstance(value, str) or value not in args:
            raise _wrong(where, "one of " + ", ".join(args))
        return value
    if origin is tuple:
        return _read_tuple(args, value, where)
    if dataclasses.is_dataclass(hint):
        return _read_dataclass(typing.cast(type, hint), value, where)
    return _read_plain(hint, value, where)


def _read_tuple(args: Any, value: Any, where: str) -> Any:
    if not isinstance(value, list) or len(value) > _MAX_ITEMS:
        raise _wrong(where, "a list")
    if len(args) == 2 and args[1] is Ellipsis:
        return tuple(_read(args[0], item, where) for item in value)
    if len(value) != len(args):
        raise _wrong(where, f"a list of {len(args)}")
    return tuple(_read(hint, item, where) for hint, item in zip(args, value))  # noqa: B905 - 3.9


def _read_plain(hint: Any, value: Any, where: str) -> Any:
    if hint is bool and isinstance(value, bool):
        return value
    if hint is int and isinstance(value, int) and not isinstance(value, bool):
        if abs(value) < 2**63:
            return value
        raise _wrong(where, "a smaller number")
    if hint is float and isinstance(value, (int, float)) and not isinstance(value, bool):
        if isfinite(value):
            return float(value)
        raise _wrong(where, "a finite number")
    if hint is str and isinstance(value, str):
        if value.isascii() or value.encode("utf-8", "ignore").decode("utf-8") == value:
            return value
        raise _wrong(where, "text without half characters")
    if hint is bytes and isinstance(value, str):
        try:
            return base64.b64decode(value, validate=True)
        except (binascii.Error, ValueError):
            raise _wrong(where, "base64") from None
    raise _wrong(where, {bool: "true or false", int: "a whole number", float: "a number"}.get(hint, "a text"))


def _wrong(where: str, expected: str) -> BadMessage:
    return BadMessage("bad_request", f"{where} is not what it should be", f"send {expected}")
