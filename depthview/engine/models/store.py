"""The store: models of the catalogue, pulled into the models folder, whole or not at all.

Every model has a folder of its own there (`models/ID/`), with a record of what was pulled. Several DepthViews may pull
at once: a lock for each model lets one of them do the work, and the others find it done.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from depthview.engine.atomic import output_folder, writing_error
from depthview.engine.errors import UserError
from depthview.engine.folders import models_folder
from depthview.engine.models.catalogue import CatalogueModel, RemoteFile, RemoteVariant
from depthview.engine.models.download.archive import take_out
from depthview.engine.models.download.fetch import Patience, Wanted, fetch_file, file_sha256, forget_part
from depthview.engine.models.download.record import NAME as RECORD
from depthview.engine.models.download.record import PulledFile, read_record, write_record
from depthview.engine.models.needs.graph import read_graph
from depthview.engine.progress import Progress, Report, StopToken, ignore_progress

_PART = ".part"
_LOCKS = ".locks"
_LOOK_S = 0.1


@dataclass(frozen=True, slots=True)
class Pulled:
    """What a pull came to. `pinned` are the files that nobody had told a sum of: this first download fixed it."""

    files: tuple[Path, ...]
    downloaded: bool
    """False where all of it was there already."""
    pinned: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Checked:
    """One file that was looked over. `whole` is False where its bytes are no longer those that were pulled."""

    path: Path
    sha256: str
    whole: bool


class ModelStore:
    """Pulls, checks and removes models of the catalogue. Safe to use from several threads and processes."""

    def __init__(self, folder: Path | None = None, *, patience: Patience | None = None) -> None:
        self.folder = folder if folder is not None else models_folder()
        self._patience = patience if patience is not None else Patience()

    def folder_of(self, model: CatalogueModel) -> Path:
        return self.folder / model.model_id

    def installed(self, model: CatalogueModel) -> tuple[RemoteVariant, ...]:
        """The variants of which every file is there, by name and length."""
        folder = self.folder_of(model)
        record = read_record(folder)
        return tuple(v for v in model.variants if all(_is_there(folder, file, record) for file in v.files))

    def holds_anything(self, model: CatalogueModel) -> bool:
        """Whether there is something to remove: files that were pulled, or halves."""
        folder = self.folder_of(model)
        names = {file.name for variant in model.variants for file in variant.files} | set(read_record(folder))
        return any((folder / name).is_file() for name in names) or any(folder.glob(f"*{_PART}"))

    def pull(
        self,
        model: CatalogueModel,
        variant: RemoteVariant,
        *,
        report: Report = ignore_progress,
        stop: StopToken | None = None,
    ) -> Pulled:
        """Download what is not there yet.

        Raises UserError with what a person can do, and Stopped; what has come of a file stays for the next pull, and
        nothing that is not whole is ever seen as a model.
        """
        stop = stop if stop is not None else StopToken()
        folder = output_folder(self.folder_of(model))
        with self._locked(model, report, stop):
            record = read_record(folder)
            missing = [file for file in variant.files if not _is_there(folder, file, record)]
            fresh = [self._fetch(folder, file, record.get(file.name), report, stop) for file in missing]
            _put_in_place(folder, variant, fresh)
            if fresh:
                facts = {"model": model.model_id, "licence": model.licence, "source": model.source}
                write_record(folder, facts, {**record, **{f.name: f for f in fresh}}.values())
        return Pulled(
            tuple(folder / file.name for file in variant.files),
            bool(fresh),
            tuple(f.name for f in fresh if f.checked_against != "catalogue"),
        )

    def check(
        self, model: CatalogueModel, *, report: Report = ignore_progress, stop: StopToken | None = None
    ) -> tuple[Checked, ...]:
        """Compare every file that is there with the sum it was pulled with. Raises UserError and Stopped."""
        folder = self.folder_of(model)
        record = read_record(folder)
        checked = []
        for file in record.values():
            path = folder / file.name
            if not path.is_file():
                continue  # it was removed
            try:
                digest = file_sha256(path, report=report, stop=stop)
            except OSError as error:
                raise UserError(
                    "This model file cannot be read: check its permissions: {path}", path=path, details=str(error)
                ) from error
            checked.append(Checked(path, digest, digest == file.sha256))
        return tuple(checked)

    def remove(self, model: CatalogueModel, *, stop: StopToken | None = None) -> tuple[Path, ...]:
        """Remove what was pulled of a model, halves too; the record stays. Raises UserError and Stopped."""
        folder = self.folder_of(model)
        if not folder.is_dir():
            return ()
        with self._locked(model, ignore_progress, stop if stop is not None else StopToken()):
            names = {file.name for variant in model.variants for file in variant.files} | set(read_record(folder))
            gone = [folder / name for name in sorted(names) if (folder / name).is_file()]
            try:
                for path in gone:
                    path.unlink()
                    path.with_name(path.name + ".toml").unlink(missing_ok=True)
                for part in folder.glob(f"*{_PART}"):
                    forget_part(part)
            except OSError as error:
                raise UserError(
                    "This model could not be removed; is it in use? Close DepthView's windows and try again: {path}",
                    path=folder,
                    details=str(error),
                ) from error
        return tuple(gone)

    def _fetch(
        self, folder: Path, file: RemoteFile, before: PulledFile | None, report: Report, stop: StopToken
    ) -> PulledFile:
        """Leaves the file as `NAME.part`, looked over."""
        part = folder / (file.name + _PART)
        arriving = folder / (file.name + ".tar" + _PART) if file.member else part
        wanted = Wanted(file.address, file.size_bytes, file.sha256)
        arrived = fetch_file(wanted, arriving, report=report, stop=stop, patience=self._patience)
        digest = arrived
        if file.member:
            try:
                take_out(arriving, file.member, part, report=report, stop=stop)
                digest = file_sha256(part, report=report, stop=stop)
            except UserError:
                forget_part(part)
                forget_part(arriving)
                raise
            except OSError as error:
                forget_part(part)
                raise writing_error(error, part) from error
            forget_part(arriving)
        pinned = before.sha256 if before is not None and before.address == file.address else digest
        expected = file.final_sha256 or pinned
        if digest != expected:
            forget_part(part)
            raise UserError(
                "{name} is another file than when it was first downloaded here; if its authors say that they renewed "
                "it, delete the record and pull it again: {path}",
                name=file.name,
                path=folder / RECORD,
                details=f"expected {expected}, got {digest}",
            )
        known = "catalogue" if file.final_sha256 or file.sha256 else "first download"
        now = datetime.now(UTC).isoformat(timespec="seconds")
        return PulledFile(file.name, file.address, part.stat().st_size, digest, arrived, known, now)

    @contextmanager
    def _locked(self, model: CatalogueModel, report: Report, stop: StopToken) -> Iterator[None]:
        """Hold this model's lock, which waits for whoever else has it. Raises Stopped."""
        from filelock import FileLock, Timeout

        lock = FileLock(output_folder(self.folder / _LOCKS) / f"{model.model_id}.lock")
        while True:
            stop.raise_if_stopped()
            try:
                lock.acquire(timeout=0)
                break
            except Timeout:
                report(Progress(0, None, f"Waiting: another DepthView is busy with {model.title}"))
                stop.wait(_LOOK_S)
            except OSError as error:
                raise writing_error(error, self.folder) from error
        try:
            yield
        finally:
            lock.release()


def _is_there(folder: Path, file: RemoteFile, record: dict[str, PulledFile]) -> bool:
    known = record.get(file.name)
    if known is None or (file.final_sha256 not in (None, known.sha256)):
        return False
    try:
        return (folder / file.name).stat().st_size == known.size_bytes
    except OSError:
        return False


def _put_in_place(folder: Path, variant: RemoteVariant, fresh: list[PulledFile]) -> None:
    """Give the parts their names, the graph last: without it nobody sees the others."""
    graph = variant.files[0].name
    names = sorted((file.name for file in fresh), key=lambda name: name == graph)
    placed: list[Path] = []
    try:
        for name in names:
            part = folder / (name + _PART)
            if name == graph:
                _check_graph(part, folder / name)
            part.replace(folder / name)
            forget_part(part)
            placed.append(folder / name)
    except (UserError, OSError) as error:
        for path in placed:
            with suppress(OSError):
                path.unlink()
        for name in names:
            forget_part(folder / (name + _PART))
        if isinstance(error, OSError):
            raise writing_error(error, folder) from error
        raise


def _check_graph(part: Path, final: Path) -> None:
    try:
        read_graph(part)
    except UserError as error:
        raise UserError(
            "What came is no model that can be read, so it was thrown away: {path}",
            path=final,
            details=f"{error}\n{error.details}".strip(),
        ) from error
