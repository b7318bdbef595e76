"""`depthview models ...`: the model library, and the catalogue of what can be downloaded."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from depthview.commands import options
from depthview.commands.outcome import Result, carry_out, note, progress_bar
from depthview.engine.errors import Stopped, UserError
from depthview.engine.estimators.contract import Projection
from depthview.engine.folders import models_folder
from depthview.engine.models.catalogue import CatalogueModel, RemoteVariant, shipped_catalogue
from depthview.engine.models.library import ModelLibrary
from depthview.engine.models.needs.graph import read_graph
from depthview.engine.models.needs.remembered import manifest_file
from depthview.engine.models.own import add_model, own_files, remove_files
from depthview.engine.models.store import ModelStore

app = typer.Typer(help="The models that this machine has, and those that it can have.", no_args_is_help=True)

ModelId = Annotated[str, typer.Argument(metavar="ID", help="A model of `depthview models list --available`.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask; for scripts.")]


@app.callback()
def _group() -> None:
    """The models that this machine has, and those that it can have."""


@app.command("list")
def list_models(
    available: Annotated[bool, typer.Option("--available", help="List what can be downloaded instead.")] = False,
    json: options.Json = False,
) -> None:
    """List the built-in models and the ONNX files in the models folder."""
    if available:
        carry_out(_available, as_json=json, say=_say_available)
    else:
        carry_out(_at_hand, as_json=json, say=_say_at_hand)


@app.command()
def show(model_id: ModelId, json: options.Json = False) -> None:
    """Say all that the catalogue knows of a model: licence, variants, or how to export it."""

    def work() -> Result:
        return _facts(shipped_catalogue().find(model_id), ModelStore())

    carry_out(work, as_json=json, say=_say_facts)


@app.command()
def pull(
    model_id: ModelId,
    iterations: Annotated[int | None, typer.Option("--iterations", min=1, help="Of how many iterations.")] = None,
    resolution: Annotated[str | None, typer.Option("--resolution", metavar="HxW", help="Of what size.")] = None,
    variant: Annotated[str | None, typer.Option("--variant", help="Which variant, as `models show` names it.")] = None,
    yes: Yes = False,
    json: options.Json = False,
) -> None:
    """Download a model of the catalogue, after its licence was shown and agreed to."""

    def work() -> Result:
        size_hw = options.parse_resolution(resolution)
        model = shipped_catalogue().find(model_id)
        chosen = model.choose(label=variant, iterations=iterations, size_hw=size_hw)
        store = ModelStore()
        if chosen not in store.installed(model):
            _agree(model, chosen, yes)
        try:
            with progress_bar() as report:
                pulled = store.pull(model, chosen, report=report)
        except KeyboardInterrupt:
            raise Stopped("Stopped; what has come so far is kept, and the next pull goes on from there.") from None
        return {
            "model": model.model_id,
            "variant": chosen.label,
            "files": [str(path) for path in pulled.files],
            "downloaded": pulled.downloaded,
            "pinned_at_first_download": list(pulled.pinned),
        }

    def say(result: Result) -> str:
        lines = [f"{'Downloaded' if result['downloaded'] else 'There already'}: {result['files'][0]}"]
        if result["pinned_at_first_download"]:
            lines.append("Nobody has published its sha256; from now on it has to stay what it was this time.")
        return "\n".join(lines)

    carry_out(work, as_json=json, say=say)


@app.command()
def check(
    model_id: Annotated[str | None, typer.Argument(metavar="[ID]", help="Only this model; else all.")] = None,
    json: options.Json = False,
) -> None:
    """Compare downloaded files with the sums they came with, and read the graphs of one's own."""

    def work() -> Result:
        store, files, damaged = ModelStore(), [], []
        entries = [m for m in shipped_catalogue().models if model_id in (None, m.model_id)]
        with progress_bar() as report:
            for model in entries:
                for one in store.check(model, report=report):
                    files.append({"file": str(one.path), "sha256": one.sha256, "whole": one.whole})
                    damaged += [] if one.whole else [one.path.name]
        seen = {entry["file"] for entry in files}
        for path in sorted(p for p in _onnx_files(model_id, entries) if str(p) not in seen):
            try:
                read_graph(path)
                whole = True
            except UserError as error:
                note(str(error))
                whole = False
                damaged.append(path.name)
            files.append({"file": str(path), "sha256": None, "whole": whole})
        if model_id is not None and not files:
            raise _nothing_of(model_id)
        if damaged:
            raise UserError("These files are damaged: remove and pull them again: {names}", names=", ".join(damaged))
        return {"files": files}

    def say(result: Result) -> str:
        lines = [
            f"{entry['file']}: {'as it was pulled' if entry['sha256'] else 'readable'}" for entry in result["files"]
        ]
        return "\n".join(lines) or "There is nothing to check: no model was downloaded or added yet."

    carry_out(work, as_json=json, say=say)


@app.command()
def remove(
    model_id: Annotated[str, typer.Argument(metavar="ID", help="A downloaded model, or one of `models list`.")],
    yes: Yes = False,
    json: options.Json = False,
) -> None:
    """Remove a downloaded or added model from this computer."""

    def work() -> Result:
        store, entry = ModelStore(), shipped_catalogue().get(model_id)
        if entry is not None and store.holds_anything(entry):
            _ask(f"Remove {entry.title} from {store.folder_of(entry)}?", yes, "Nothing was removed.")
            gone = store.remove(entry)
        else:
            paths = _files_of(model_id)
            if not paths:
                raise UserError("{name} is part of DepthView and stays.", name=model_id)
            _ask(f"Remove {model_id} ({', '.join(p.name for p in paths)})?", yes, "Nothing was removed.")
            gone = remove_files(paths)
        return {"removed": [str(path) for path in gone]}

    carry_out(work, as_json=json, say=lambda result: "\n".join(f"Removed: {path}" for path in result["removed"]))


@app.command()
def add(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="An .onnx file.")],
    like: Annotated[
        str | None, typer.Option("--as", metavar="ID", help="The catalogue's model that it was exported from.")
    ] = None,
    json: options.Json = False,
) -> None:
    """Copy an ONNX file, with its weights and manifest, into the models folder, if it works."""

    def work() -> Result:
        entry = shipped_catalogue().find(like) if like is not None else None
        with progress_bar() as report:
            added = add_model(file, like=entry, report=report)
        family = ModelLibrary().find(str(added.path))
        if added.manifest.doubt:
            note(added.manifest.doubt)
        if "projection" in added.manifest.guesses:
            note(
                'It looks as if it were shown whole 360° photos. If it is not, write projection = "perspective" '
                f"below [yours]: {manifest_file(added.path)}"
            )
        return {
            "model": family.model_id,
            "file": str(added.path),
            "kind": str(added.manifest.kind),
            "projection": str(added.manifest.projection),
            "meaning": str(added.manifest.meaning),
            "copied": added.copied,
        }

    carry_out(work, as_json=json, say=_say_added)


# --- what the commands say


def _say_added(result: Result) -> str:
    shown = "whole panoramas" if result["projection"] == Projection.ERP else result["kind"]
    return f"Added as {result['model']} ({shown}, {result['meaning']}): {result['file']}"


def _at_hand() -> Result:
    models = [
        {
            "id": family.model_id,
            "title": family.title,
            "eyes": family.eyes,
            "projection": str(family.projection),
            "meaning": str(family.meaning),
            "iterations": list(family.iterations),
            "most_iterations": family.most_iterations,
            "resolutions": [_size(size_hw) for size_hw in family.sizes_hw],
            "any_resolution": family.takes_any_size,
            "holds_rate": family.holds_rate,
            "files": [str(v.path) for v in family.variants if v.path is not None],
        }
        for family in ModelLibrary().everything
    ]
    return {"models": models, "folder": str(models_folder())}


def _say_at_hand(result: Result) -> str:
    lines = []
    for model in result["models"]:
        lines.append(f"{model['id']}: {model['title']}")
        if model["projection"] == Projection.ERP:
            lines.append(f"    360° photos  {model['meaning']}; for `depthview panorama`")
        elif model["eyes"] == 1:
            lines.append(f"    one eye      {model['meaning']}")
        if model["most_iterations"]:
            lines.append(f"    iterations   1 to {model['most_iterations']}")
        elif model["iterations"]:
            lines.append("    iterations   " + ", ".join(map(str, model["iterations"])))
        sizes = "any" if model["any_resolution"] else ", ".join(model["resolutions"])
        lines.append(f"    resolutions  {sizes}")
    lines.append("More: `depthview models list --available`, and `depthview models add FILE` for your own.")
    lines.append(f"They lie in {result['folder']}")
    return "\n".join(lines)


def _available() -> Result:
    store = ModelStore()
    return {"models": [_facts(model, store) for model in shipped_catalogue().models], "folder": str(store.folder)}


def _say_available(result: Result) -> str:
    lines = []
    for model in result["models"]:
        here = f"  [installed: {', '.join(model['installed'])}]" if model["installed"] else ""
        lines.append(f"{model['id']}: {model['title']}{here}")
        lines.append(f"    {model['good_for']}")
        how = _amount(model["variants"]) if model["variants"] else "to be exported"
        lines.append(f"    {_sees(model)}; {how}; {model['licence']}")
    lines.append("`depthview models show ID` says more of one, `depthview models pull ID` downloads it.")
    return "\n".join(lines)


def _facts(model: CatalogueModel, store: ModelStore) -> Result:
    return {
        "id": model.model_id,
        "title": model.title,
        "kind": model.kind,
        "sees": model.sees,
        "licence": model.licence,
        "terms": model.terms,
        "commercial": model.commercial,
        "source": model.source,
        "good_for": model.good_for,
        "cost": model.cost,
        "default": model.default,
        "variants": [
            {
                "variant": v.label,
                "iterations": v.iterations,
                "resolution": _size(v.size_hw) if v.size_hw else None,
                "bytes": v.size_bytes,
                "addresses": [file.address for file in v.files],
                "sha256_known": all(file.final_sha256 is not None for file in v.files),
            }
            for v in model.variants
        ],
        "installed": [v.label for v in store.installed(model)],
        "export": model.export,
    }


def _say_facts(model: dict[str, Any]) -> str:
    lines = [
        f"{model['title']} ({model['id']}), {_sees(model)}",
        f"Good for   {model['good_for']}",
        f"Cost       {model['cost']}",
        f"Licence    {model['licence']}: {model['terms']}",
        f"Page       {model['source']}",
    ]
    for v in model["variants"]:
        marks = ["default"] * (v["variant"] == model["default"]) + ["installed"] * (v["variant"] in model["installed"])
        told = "sha256 known" if v["sha256_known"] else "sha256 fixed by the first download"
        lines.append(f"  {v['variant']:<20}{_megabytes(v['bytes']):>12}  {told}{', '.join(['', *marks])}")
    if model["export"]:
        lines += ["It is not published as ONNX. To export it:", *(f"  {x}" for x in model["export"].splitlines())]
    return "\n".join(lines)


def _sees(model: dict[str, Any]) -> str:
    return {"panorama": "whole 360° photos", "stereo": "two eyes", "mono": "one eye"}[model["sees"]]


def _agree(model: CatalogueModel, variant: RemoteVariant, yes: bool) -> None:
    """Show the licence and ask. Raises UserError where nobody can be asked, Stopped when the answer is no."""
    if not yes and not sys.stdin.isatty():
        raise UserError(
            "{title} stands under {licence} ({terms}); if that suits you, add --yes to download it: {path}",
            title=model.title,
            licence=model.licence,
            terms=model.terms.rstrip("."),
            path=model.source,
        )
    note(f"{model.title}, {variant.label}: {_megabytes(variant.size_bytes)}")
    note(f"Licence: {model.licence}. {model.terms} {model.source}")
    if not model.commercial:
        note("Not for use in business.")
    _ask("Download it?", yes, "Nothing was downloaded.")


def _ask(question: str, yes: bool, otherwise: str) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise UserError("Nobody can be asked here: add --yes if you mean it.")
    if not typer.confirm(question, err=True):
        raise Stopped(otherwise)


def _files_of(name: str) -> list[Path]:
    """The files of a model of one's own; none for what is built in. Raises UserError where there is no such model."""
    for family in ModelLibrary().everything:
        if family.model_id == name:
            return [v.path for v in family.variants if v.path is not None]
    damaged = own_files(name)
    if not damaged:
        raise _nothing_of(name)
    return list(damaged)


def _onnx_files(name: str | None, entries: list[CatalogueModel]) -> list[Path]:
    """The models folder's graphs: all, those of a catalogue entry's folder, or those of a family."""
    if name is None:
        return [path for path in models_folder().rglob("*.onnx") if path.is_file()]
    if entries:
        return [path for path in (models_folder() / name).glob("*.onnx") if path.is_file()]
    return _files_of(name)


def _nothing_of(name: str) -> UserError:
    return UserError("This computer has no model called {name}: `depthview models list` lists what it has.", name=name)


def _amount(variants: list[dict[str, Any]]) -> str:
    known = [v["bytes"] for v in variants if v["bytes"] is not None]
    files = "1 file" if len(variants) == 1 else f"{len(variants)} variants"
    return f"{files}, from {_megabytes(min(known))}" if known else files


def _megabytes(size_bytes: int | None) -> str:
    return "size unknown" if size_bytes is None else f"{size_bytes / 1e6:,.0f} MB"


def _size(size_hw: tuple[int, int]) -> str:
    return f"{size_hw[0]}x{size_hw[1]}"
