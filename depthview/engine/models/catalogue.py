"""The catalogue: the models that DepthView knows where to find, what each may be used for, and what it costs.

It is `resources/models.toml`. An entry has either files to download, written out or generated from a pattern (one
network at several iterations and sizes), or the steps that export its ONNX from the weights its authors publish.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

from depthview.engine.errors import UserError
from depthview.engine.estimators.contract import Projection
from depthview.engine.folders import models_folder
from depthview.engine.models.needs.manifest import Keys, read_keys
from depthview.engine.resources import resource

KINDS = ("stereo", "mono")

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_+.-]{0,99}")
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_SIZE = re.compile(r"([1-9]\d{1,3})x([1-9]\d{1,3})")


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """One file to download. `size_bytes` and `sha256` are None where nobody has told them: then the first download
    fixes them.

    With a `member`, what lies at the address is a tar archive, and the file of that name is taken out of it; size and
    sum are the archive's, `member_sha256` is the file's own.
    """

    name: str
    """What it is called on this computer."""
    address: str
    size_bytes: int | None = None
    sha256: str | None = None
    member: str = ""
    member_sha256: str | None = None

    @property
    def final_sha256(self) -> str | None:
        """The sum that the file on this computer must have."""
        return self.member_sha256 if self.member else self.sha256


@dataclass(frozen=True, slots=True)
class RemoteVariant:
    """One way to have a model: all `files` of it, the graph first, or none."""

    label: str
    files: tuple[RemoteFile, ...]
    iterations: int | None = None
    size_hw: tuple[int, int] | None = None

    @property
    def size_bytes(self) -> int | None:
        """What is downloaded for it; None where it is not known."""
        sizes = [file.size_bytes for file in self.files]
        return None if None in sizes else sum(size for size in sizes if size is not None)


@dataclass(frozen=True, slots=True)
class Copy:
    """A file of the same network that others pass on: known by its sum, wherever it lies. `manifest`: all its keys."""

    size_bytes: int
    sha256: str
    manifest: Keys


@dataclass(frozen=True)
class CatalogueModel:
    """One entry. `variants` is empty where only `export` leads to an ONNX file."""

    model_id: str
    title: str
    kind: str
    """`stereo` or `mono`."""
    licence: str
    """Its name."""
    terms: str
    """What it allows, in plain words."""
    commercial: bool
    """Whether it may be used in business."""
    source: str
    """The page of its authors."""
    good_for: str
    cost: str
    """What it takes; times name the machine they were measured on."""
    variants: tuple[RemoteVariant, ...]
    default: str
    """The label of what is taken when nothing is asked for."""
    manifest: Keys
    """What a graph does not tell of its contract."""
    export: str
    """The steps that make the ONNX file where none is published."""
    copies: tuple[Copy, ...] = ()

    @property
    def sees(self) -> str:
        """What it is shown: `stereo`, `mono`, or `panorama`, which is all of one."""
        return "panorama" if self.manifest.get("projection") is Projection.ERP else self.kind

    def choose(
        self, *, label: str | None = None, iterations: int | None = None, size_hw: tuple[int, int] | None = None
    ) -> RemoteVariant:
        """The variant that was asked for; of several the one most like the default.

        Raises UserError where there is none, saying which there are, or how to export the model.
        """
        if not self.variants:
            raise UserError(
                "{title} is not published as ONNX; `depthview models show {name}` has the steps to export it: {path}",
                title=self.title,
                name=self.model_id,
                path=self.source,
            )
        fitting = [
            v
            for v in self.variants
            if (label is None or v.label == label)
            and (iterations is None or v.iterations == iterations)
            and (size_hw is None or v.size_hw == size_hw)
        ]
        if not fitting:
            raise UserError(
                "{title} is not published like that: choose one of {known}.",
                title=self.title,
                known=", ".join(v.label for v in self.variants),
            )
        usual = next(v for v in self.variants if v.label == self.default)
        return min(
            fitting,
            key=lambda v: (v.label != usual.label, v.iterations != usual.iterations, v.size_hw != usual.size_hw),
        )


@dataclass(frozen=True)
class Catalogue:
    """All entries, in the order of the file."""

    models: tuple[CatalogueModel, ...]

    @cached_property
    def _by_id(self) -> dict[str, CatalogueModel]:
        return {model.model_id: model for model in self.models}

    def get(self, model_id: str) -> CatalogueModel | None:
        return self._by_id.get(model_id)

    def find(self, model_id: str) -> CatalogueModel:
        """Raises UserError naming the command that lists them all."""
        found = self._by_id.get(model_id)
        if found is None:
            raise UserError(
                "The catalogue has no model called {name}: `depthview models list --available` lists what it has.",
                name=model_id,
            )
        return found


@cache
def shipped_catalogue() -> Catalogue:
    """The catalogue that came with DepthView."""
    return read_catalogue(resource("models.toml"))


def read_catalogue(path: Path) -> Catalogue:
    """Read and check a catalogue. Raises UserError that names the entry and what is wrong with it."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UserError("The catalogue of models cannot be read: {path}", path=path, details=str(error)) from error
    models: dict[str, CatalogueModel] = {}
    entries = _Entry("the catalogue", table, path)
    for number, raw in enumerate(entries.tables("model"), start=1):
        entry = _Entry(f"entry {number} ({raw.get('id', 'without an id')})", raw, path)
        model = _model(entry)
        if model.model_id in models:
            entry.fault("its id is there twice")
        models[model.model_id] = model
    entries.nothing_else()
    return Catalogue(tuple(models.values()))


def known_keys(model: Path) -> Keys:
    """What the catalogue knows of the contract of a model file that lies in an entry's folder; else nothing."""
    if model.absolute().parent.parent != models_folder().absolute():
        return {}
    entry = shipped_catalogue().get(model.parent.name)
    return entry.manifest if entry is not None else {}


class _Entry:
    """A table that is read key by key; what was not read in the end is a mistyped key."""

    def __init__(self, what: str, table: Mapping[str, Any], path: Path) -> None:
        self.what, self.path = what, path
        self._table = dict(table)

    def fault(self, words: str) -> NoReturn:
        raise UserError(
            "The catalogue of models is broken at {entry}: {fault}: {path}",
            entry=self.what,
            fault=words,
            path=self.path,
        )

    def text(self, key: str, default: str | None = None) -> str:
        value = str(self._take(key, str, default))
        if not value.strip() and default is None:
            self.fault(f"{key} is empty")
        return value.strip()

    def flag(self, key: str) -> bool:
        return bool(self._take(key, bool, None))

    def count(self, key: str) -> int | None:
        if key not in self._table:
            return None
        value = int(self._take(key, int, None))
        if value <= 0:
            self.fault(f"{key} is not above 0")
        return value

    def sha256(self, key: str) -> str | None:
        value = self.text(key, "")
        if value and not _SHA256.fullmatch(value):
            self.fault(f"{key} is no sha256")
        return value or None

    def strings(self, key: str) -> list[str]:
        return self._list(key, str)

    def counts(self, key: str) -> list[int]:
        return self._list(key, int)

    def tables(self, key: str) -> list[dict[str, Any]]:
        return self._list(key, dict)

    def table(self, key: str) -> dict[str, Any]:
        return dict(self._take(key, dict, {}))

    def nothing_else(self) -> None:
        if self._table:
            self.fault(f"nothing is known of {', '.join(sorted(self._table))}")

    def name(self, text: str) -> str:
        """A plain file name: no folders, nothing hidden, nothing that a shell or Windows reads in its own way."""
        if not _NAME.fullmatch(text) or text.endswith("."):
            self.fault(f"{text!r} is no plain file name")
        return text

    def address(self, text: str) -> str:
        parts = urlsplit(text)
        if parts.scheme != "https" or not parts.hostname or "@" in parts.netloc or not text.isascii() or " " in text:
            self.fault(f"{text!r} is no https address")
        return text

    def _list(self, key: str, kind: type) -> list[Any]:
        values = self._take(key, list, [])
        if not all(isinstance(value, kind) and not (isinstance(value, int) and value <= 0) for value in values):
            self.fault(f"{key} holds something else than it should")
        return list(values)

    def _take(self, key: str, kind: type, default: Any) -> Any:
        if key not in self._table:
            if default is None:
                self.fault(f"{key} is missing")
            return default
        value = self._table.pop(key)
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            self.fault(f"{key} is of the wrong kind")
        return value


def _model(entry: _Entry) -> CatalogueModel:
    model_id, kind = entry.text("id"), entry.text("kind")
    if not _ID.fullmatch(model_id):
        entry.fault("its id is not of small letters, digits and single dashes")
    if kind not in KINDS:
        entry.fault(f"its kind is none of {', '.join(KINDS)}")
    texts = {key: entry.text(key) for key in ("title", "licence", "terms", "good_for", "cost")}
    source, commercial = entry.address(entry.text("source")), entry.flag("commercial")
    manifest = read_keys(entry.table("manifest"), entry.path)
    export, default = entry.text("export", ""), entry.text("default", "")
    variants = [_variant(entry, raw) for raw in entry.tables("variant")]
    for raw in entry.tables("series"):
        variants += _series(entry, raw)
    copies = [_copy(entry, raw, manifest) for raw in entry.tables("copy")]
    entry.nothing_else()
    labels = [variant.label for variant in variants]
    names = [file.name.lower() for variant in variants for file in variant.files]
    if not variants and not export:
        entry.fault("it has neither files nor the steps to export it")
    if len(set(labels)) < len(labels):
        entry.fault("two of its variants are called the same")
    if len(set(names)) < len(names):
        entry.fault("two of its files are called the same")
    if default and default not in labels:
        entry.fault(f"its default {default!r} is none of its variants")
    return CatalogueModel(
        model_id=model_id,
        kind=kind,
        commercial=commercial,
        source=source,
        variants=tuple(variants),
        default=default or (labels[0] if labels else ""),
        manifest=manifest,
        export=export,
        copies=tuple(copies),
        **texts,
    )


def _copy(entry: _Entry, raw: Mapping[str, Any], manifest: Keys) -> Copy:
    table = _Entry(f"{entry.what}, copy", raw, entry.path)
    size_bytes, sha256 = table.count("bytes"), table.sha256("sha256")
    own = read_keys(table.table("manifest"), entry.path)
    table.nothing_else()
    if size_bytes is None or sha256 is None:
        table.fault("a copy is known by its bytes and its sha256")
    return Copy(size_bytes, sha256, {**manifest, **own})


def _variant(entry: _Entry, raw: Mapping[str, Any]) -> RemoteVariant:
    table = _Entry(f"{entry.what}, variant {raw.get('label', 'without a label')}", raw, entry.path)
    label, files = table.text("label"), [_file(table, one) for one in table.tables("file")]
    iterations = table.count("iterations")
    size = table.text("size", "")
    table.nothing_else()
    if not files:
        table.fault("it has no files")
    if not files[0].name.endswith(".onnx"):
        table.fault("its first file is not the .onnx file")
    return RemoteVariant(label, tuple(files), iterations, _size_hw(table, size) if size else None)


def _file(entry: _Entry, raw: Mapping[str, Any]) -> RemoteFile:
    table = _Entry(entry.what, raw, entry.path)
    file = RemoteFile(
        table.name(table.text("name")),
        table.address(table.text("address")),
        table.count("bytes"),
        table.sha256("sha256"),
        table.text("member", ""),
        table.sha256("member_sha256"),
    )
    table.nothing_else()
    if file.member_sha256 and not file.member:
        table.fault("it has a member's sum and no member")
    return file


def _series(entry: _Entry, raw: Mapping[str, Any]) -> list[RemoteVariant]:
    """Every combination of `iterations` and `sizes`, filled into the name, the address and the member."""
    table = _Entry(f"{entry.what}, series {raw.get('name', '')}", raw, entry.path)
    name, address, member = table.text("name"), table.text("address"), table.text("member", "")
    counts: list[int | None] = [*table.counts("iterations")] or [None]
    sizes = table.strings("sizes")
    table.nothing_else()
    if not sizes:
        table.fault("it has no sizes")
    found = []
    for count in counts:
        for size in sizes:
            values = {"iterations": count, "size": size}
            try:
                file = RemoteFile(
                    table.name(name.format(**values)),
                    table.address(address.format(**values)),
                    member=member.format(**values),
                )
            except (KeyError, IndexError, ValueError) as error:
                table.fault(f"its pattern cannot be filled ({error})")
            if not file.name.endswith(".onnx"):
                table.fault("its files are no .onnx files")
            label = size if count is None else f"iter{count}_{size}"
            found.append(RemoteVariant(label, (file,), count, _size_hw(table, size)))
    return found


def _size_hw(entry: _Entry, text: str) -> tuple[int, int]:
    match = _SIZE.fullmatch(text)
    if match is None:
        entry.fault(f"{text!r} is no size (height x width)")
    return int(match[1]), int(match[2])
