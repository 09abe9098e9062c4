"""The wire format of protobuf (https://protobuf.dev/programming-guides/encoding)."""

from __future__ import annotations

from typing import Any

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_VARINT_BYTES = 10


def read_fields(data: bytes) -> dict[int, Any]:
    """
    Read the fields of a message by their numbers, the last of each.

    :returns: Unsigned integers, and bytes for strings and messages.
    :raises ValueError: if the message is damaged.
    """
    fields: dict[int, Any] = {}
    place = 0
    while place < len(data):
        key, place = _varint(data, place)
        number, kind = key >> 3, key & 7
        if kind == _VARINT:
            fields[number], place = _varint(data, place)
            continue
        size = {_FIXED64: 8, _FIXED32: 4}.get(kind)
        if kind == _BYTES:
            size, place = _varint(data, place)
        if size is None or place + size > len(data):
            raise ValueError(f'the protobuf message is damaged at byte {place}')
        value = data[place : place + size]
        fields[number] = value if kind == _BYTES else int.from_bytes(value, 'little')
        place += size
    return fields


def signed(value: int) -> int:
    """Read an unsigned 64-bit integer as a signed one."""
    return value - (1 << 64) if value >> 63 else value


def _varint(data: bytes, place: int) -> tuple[int, int]:
    value = 0
    for index, byte in enumerate(data[place : place + _VARINT_BYTES]):
        value |= (byte & 0x7F) << 7 * index
        if not byte & 0x80:
            return value, place + index + 1
    raise ValueError(f'the protobuf message is damaged at byte {place}')
