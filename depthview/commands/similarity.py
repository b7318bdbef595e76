"""`depthview similarity A B`: 0 = the same picture, 1 = nothing in common."""

from typing import Annotated

import typer

from depthview.commands import options
from depthview.commands.outcome import Result, carry_out
from depthview.engine.errors import UserError
from depthview.engine.frames import Frame, Image
from depthview.engine.similarity import colour_distance
from depthview.engine.sources import open_source


def similarity(
    a: Annotated[str, typer.Argument(help="A picture.")],
    b: Annotated[str, typer.Argument(help="Another picture; it may differ in size.")],
    json: options.Json = False,
) -> None:
    """How alike two pictures are by their colours: 0 = the same, 1 = nothing in common."""

    def work() -> Result:
        return {"distance": round(colour_distance(_picture(a), _picture(b)), 6), "method": "bhattacharyya-hs"}

    carry_out(work, as_json=json, say=lambda result: f"{result['distance']:.4f}")


def _picture(spec: str) -> Image:
    source = open_source(spec)
    try:
        frame = source.read()
    finally:
        source.close()
    if not isinstance(frame, Frame):
        raise UserError("No picture could be read here: choose an image: {spec}", spec=spec)
    return frame.image
