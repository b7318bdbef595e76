"""Take one file out of a tar archive that came from the web."""

import tarfile
from pathlib import Path

from depthview.engine.errors import UserError
from depthview.engine.models.download.fetch import in_megabytes
from depthview.engine.progress import Report, StopToken

_BLOCK_BYTES = 1 << 20


def take_out(archive: Path, member: str, target: Path, *, report: Report, stop: StopToken) -> None:
    """Write the archive's file called `member`, in whichever folder it is there, to `target`.

    No path of the archive is used, only the bytes of a plain file. Raises UserError when it is not in there or the
    archive is damaged, Stopped, and OSError when it cannot be written.
    """
    try:
        with tarfile.open(archive, "r:*") as tar:
            for entry in tar:
                stop.raise_if_stopped()
                report(in_megabytes(entry.offset_data, None, f"Looking for {member}"))
                if not entry.isfile() or not f"/{entry.name}".endswith(f"/{member}"):
                    continue
                source = tar.extractfile(entry)
                assert source is not None  # it is a file
                done = 0
                with target.open("wb") as file:
                    while block := source.read(_BLOCK_BYTES):
                        stop.raise_if_stopped()
                        file.write(block)
                        done += len(block)
                        report(in_megabytes(done, entry.size, f"Unpacking {member}"))
                return
    except (tarfile.TarError, EOFError, ValueError) as error:
        raise UserError(
            "The archive that came is damaged: pull the model again: {path}", path=archive, details=str(error)
        ) from error
    raise UserError("The archive does not hold {member}: {path}", member=member, path=archive)
