"""Small harm done to a file: bytes flipped, numbers changed, pieces cut out, doubled and put elsewhere."""

import random
import re
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass

_NUMBERS = (0, 1, 2, 3, 4, 15, 255, 256, 257, 65535, 65536, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF, 2**40)
_WORDS = (
    b"0",
    b"1",
    b"2",
    b"-1",
    b"257",
    b"65536",
    b"99999999",
    b"4294967295",
    b"1e308",
    b"9" * 40,
    b"NaN",
    b"null",
    b'""',
    b"[]",
)
_NUMBER = re.compile(rb"-?\d+(?:\.\d+)?")
_WORDS_WITHIN = 1 << 14


@dataclass(frozen=True)
class Seed:
    """A sound file as parts, and how they become one: what will be compressed is harmed before that."""

    parts: Mapping[str, bytes]
    pack: Callable[[Mapping[str, bytes]], bytes]

    def whole(self) -> bytes:
        return self.pack(self.parts)


def plain(data: bytes) -> Seed:
    """A file that is what it is."""
    return Seed({"": data}, lambda parts: parts[""])


def mutated(seed: Seed, draw: random.Random) -> bytes:
    """The seed with one to four harms, within its parts or to the whole file."""
    if draw.random() < 0.3:
        return _harmed(seed.whole(), draw)
    parts = dict(seed.parts)
    name = draw.choice(list(parts))
    parts[name] = _harmed(parts[name], draw)
    if len(parts) > 1 and draw.random() < 0.05:
        del parts[draw.choice(list(parts))]
    return seed.pack(parts)


def _harmed(data: bytes, draw: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(draw.choice((1, 1, 1, 2, 4))):
        if changed:
            draw.choice(_HARMS)(changed, draw)
    return bytes(changed)


def _place(data: bytearray, draw: random.Random) -> int:
    """Nearer to the beginning more often: that is where headers are."""
    return int(len(data) * draw.random() ** draw.choice((1, 2, 6)))


def _flip(data: bytearray, draw: random.Random) -> None:
    for _ in range(draw.randint(1, 8)):
        data[_place(data, draw)] = draw.randrange(256)


def _number(data: bytearray, draw: random.Random) -> None:
    size, letter = draw.choice(((1, "B"), (2, "H"), (4, "I"), (4, "I"), (8, "Q")))
    at = _place(data, draw) // size * size
    if at + size > len(data):
        return
    value = draw.choice(_NUMBERS)
    if draw.random() < 0.3:
        value = int.from_bytes(data[at : at + size], "little") + draw.choice((-1, 1, 256))
    data[at : at + size] = struct.pack(f"<{letter}", value % (1 << 8 * size))


def _word(data: bytearray, draw: random.Random) -> None:
    """Another number in place of one that is written in text."""
    found = list(_NUMBER.finditer(bytes(data[:_WORDS_WITHIN])))
    if found:
        chosen = draw.choice(found)
        data[chosen.start() : chosen.end()] = draw.choice(_WORDS)


def _cut(data: bytearray, draw: random.Random) -> None:
    del data[draw.randrange(len(data) + 1) :]


def _remove(data: bytearray, draw: random.Random) -> None:
    at = _place(data, draw)
    del data[at : at + draw.randint(1, 1 + len(data) // 4)]


def _double(data: bytearray, draw: random.Random) -> None:
    at = _place(data, draw)
    piece = data[at : at + draw.randint(1, 1 + len(data) // 4)]
    to = _place(data, draw)
    if draw.random() < 0.5:
        data[to:to] = piece
    else:
        data[to : to + len(piece)] = piece


def _line(data: bytearray, draw: random.Random) -> None:
    """A line of text away, or twice."""
    lines = bytes(data[:_WORDS_WITHIN]).split(b"\n")
    rest = bytes(data[_WORDS_WITHIN:])
    i = draw.randrange(len(lines))
    lines[i : i + 1] = draw.choice(([], [lines[i]] * 2, [draw.choice(lines)]))
    data[:] = b"\n".join(lines) + rest


def _more(data: bytearray, draw: random.Random) -> None:
    data += draw.choice((bytes(draw.randint(1, 64)), draw.randbytes(draw.randint(1, 64)), b"\xff" * 32))


_HARMS: tuple[Callable[[bytearray, random.Random], None], ...] = (
    _flip, _flip, _number, _number, _word, _word, _cut, _remove, _double, _line, _more,
)  # fmt: skip
