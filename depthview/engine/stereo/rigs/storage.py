"""Reads the files in which OpenCV and ROS keep calibrations: named numbers and matrices in YAML, XML or JSON.

Only what such files hold is understood: maps, lists of numbers, numbers, words. A file that anybody may have written
must not reach the parsers of OpenCV, which trust sizes; nor are tags, anchors or entities followed.
"""

import json
import re
from collections.abc import Iterator, Mapping
from xml.etree import ElementTree as ET

import numpy as np
from numpy.typing import NDArray

Entry = float | str | NDArray[np.float64]
"""A number, a word, or numbers: (N,), or (rows, columns) where the file says how many."""

_MOST_NUMBERS = 10_000
_MOST_KEYS = 2_000
_DEEPEST = 8
# Possessive (++): a line of a megabyte that is nothing in the end must not be tried in all ways that it could be split.
_LINE = re.compile(r"(?P<indent> *+)(?P<key>[^:#\[\]{}]++):(?:\s++(?P<rest>.*))?$")
_NUMBER = re.compile(r"[-+]?(?:\.inf|\.nan|inf|nan|(?:\d++\.?\d*+|\.\d++)(?:e[-+]?\d++)?)", re.IGNORECASE)
_ITEM = re.compile(r"(?:-\s+)+(?P<said>.*)$")
_COMMENT = re.compile(r"(?:^|\s)#.*$")

_Tree = dict[str, "float | str | list[float] | _Tree"]


def read_entries(text: str) -> dict[str, Entry]:
    """Everything that the file names; what lies in a map has the map's name before it: `left/K`.

    Raises ValueError for what is none of these formats, is cut off, or holds more than any calibration does.
    """
    start = text.lstrip("\ufeff \t\r\n")
    if start.startswith("<"):
        tree = _xml_tree(start)
    elif start.startswith("{"):
        tree = _json_tree(start)
    else:
        tree = _yaml_tree(text.lstrip("\ufeff"))
    entries: dict[str, Entry] = {}
    for name, entry in _flat(tree, "", 0):
        entries.setdefault(name, entry)
        if len(entries) > _MOST_KEYS:
            raise ValueError("too many names")
    return entries


def _flat(tree: Mapping[str, object], before: str, depth: int) -> Iterator[tuple[str, Entry]]:
    if depth > _DEEPEST:
        raise ValueError("nested too deeply")
    for key, value in tree.items():
        name = before + key
        if isinstance(value, dict):
            if isinstance(data := value.get("data"), list):
                yield name, _shaped(data, value)
            else:
                yield from _flat(value, name + "/", depth + 1)
        elif isinstance(value, list):
            yield name, np.asarray(value, np.float64)
        elif isinstance(value, float | str):
            yield name, value


def _shaped(data: list[float], said: Mapping[str, object]) -> NDArray[np.float64]:
    rows, columns = said.get("rows"), said.get("cols")
    array = np.asarray(data, np.float64)
    if not isinstance(rows, float) or not isinstance(columns, float):
        return array
    if not (0 < rows <= _MOST_NUMBERS and 0 < columns <= _MOST_NUMBERS) or rows * columns != len(data):
        raise ValueError(f"{rows:g} x {columns:g} numbers are said, {len(data)} are there")
    return array.reshape(int(rows), int(columns))


def _value(text: str) -> float | str:
    text = text.strip().strip("\"'")
    if _NUMBER.fullmatch(text):
        return _number(text)
    return text


def _number(text: str) -> float:
    return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))


def _words(text: str) -> list[float | str]:
    return [_value(word) for word in re.split(r"[\s,\[\]]+", text) if word]


def _numbers(text: str) -> list[float]:
    words = re.split(r"[\s,\[\]]+", text.strip())
    if len(words) > _MOST_NUMBERS:
        raise ValueError("too many numbers")
    found = []
    for word in filter(None, words):
        if not _NUMBER.fullmatch(word):
            raise ValueError(f"{word[:20]!r} is no number")
        found.append(_number(word))
    return found


def _yaml_tree(text: str) -> _Tree:
    """Maps by their indentation, lists in brackets or behind dashes."""
    root: _Tree = {}
    open_maps: list[tuple[int, _Tree]] = [(-1, root)]
    last_key: tuple[_Tree, str] | None = None
    lines = iter(text.splitlines())
    for raw in lines:
        line = _COMMENT.sub("", raw.expandtabs()).rstrip()
        bare = line.strip()
        if not bare or bare.startswith("%") or bare in ("---", "..."):
            continue
        if item := _ITEM.match(bare):
            said = _whole_list(item["said"], lines)
            if last_key is not None and all(isinstance(word, float) for word in _words(said)):
                _append(*last_key, _numbers(said))
            continue
        match = _LINE.match(line)
        if match is None:
            raise ValueError(f"a line that says nothing: {bare[:40]!r}")
        key, rest = match["key"].strip("\"' "), (match["rest"] or "").strip()
        indent = len(match["indent"])
        while indent <= open_maps[-1][0]:
            open_maps.pop()
        here = open_maps[-1][1]
        rest = re.sub(r"^!!?[\w./-]+\s*", "", rest)
        if not rest:
            child: _Tree = {}
            here[key] = child
            open_maps.append((indent, child))
            if len(open_maps) > _DEEPEST:
                raise ValueError("nested too deeply")
            last_key = here, key
        elif rest.startswith("["):
            rest = _whole_list(rest, lines)
            here[key] = _numbers(rest) if all(isinstance(word, float) for word in _words(rest)) else rest
        else:
            here[key] = _value(rest)
    return root


def _whole_list(begun: str, lines: Iterator[str]) -> str:
    """What begins so, with as many of the lines that follow as belong to the same brackets."""
    parts, still_open = [begun], begun.count("[") - begun.count("]")
    while still_open > 0:
        more = next(lines, None)
        if more is None:
            raise ValueError("the file ends within a list")
        parts.append(_COMMENT.sub("", more))
        still_open += parts[-1].count("[") - parts[-1].count("]")
    return " ".join(parts)


def _append(here: _Tree, key: str, numbers: list[float]) -> None:
    found = here.get(key)
    if not isinstance(found, list):
        found = []
        here[key] = found
    if len(found) + len(numbers) > _MOST_NUMBERS:
        raise ValueError("too many numbers")
    found += numbers


def _xml_tree(text: str) -> _Tree:
    if "<!" in text.replace("<!--", ""):
        raise ValueError("declarations are not followed")
    try:
        root = ET.fromstring(text)
    except ET.ParseError as error:
        raise ValueError(str(error)) from error
    return _xml_map(root, 0)


def _xml_map(element: ET.Element, depth: int) -> _Tree:
    if depth > _DEEPEST:
        raise ValueError("nested too deeply")
    found: _Tree = {}
    for child in element:
        text = (child.text or "").strip()
        if len(child):
            found[child.tag] = _xml_map(child, depth + 1)
        elif child.tag == "data" or " " in text:
            try:
                found[child.tag] = _numbers(text)
            except ValueError:
                found[child.tag] = text
        else:
            found[child.tag] = _value(text)
    return found


def _json_tree(text: str) -> _Tree:
    try:
        return _json_map(json.loads(text, parse_int=float), 0)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def _json_map(found: Mapping[str, object], depth: int) -> _Tree:
    if depth > _DEEPEST:
        raise ValueError("nested too deeply")
    tree: _Tree = {}
    for key, value in found.items():
        if isinstance(value, dict):
            tree[key] = _json_map(value, depth + 1)
        elif isinstance(value, list):
            dumped = json.dumps(value)
            tree[key] = dumped if "{" in dumped or '"' in dumped else _numbers(dumped)
        elif isinstance(value, float | bool):
            tree[key] = float(value)
        elif isinstance(value, str):
            tree[key] = value
    return tree
