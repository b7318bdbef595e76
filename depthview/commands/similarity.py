"""`depthview similarity A B`: 0 = the same picture, 1 = nothing in common; and SSIM beside it."""

from typing import Annotated

import typer

from depthview.commands import options
from depthview.commands.outcome import Result, carry_out
from depthview.engine.errors import UserError
from depthview.engine.frames import Frame, Image
from depthview.engine.similarity import SSIM_LEAST_PX, colour_distance, structural_similarity
from depthview.engine.sources import open_source


def similarity(
    a: Annotated[str, typer.Argument(help="A picture.")],
    b: Annotated[str, typer.Argument(help="Another picture; it may differ in size.")],
    json: options.Json = False,
) -> None:
    """How alike two pictures are: by their colours (0 = the same, 1 = nothing in common), and by SSIM (1 = the same).

    Colours do not know where they are, and may differ in number; SSIM compares place by place, and needs one size.
    """

    def work() -> Result:
        first, second = _picture(a), _picture(b)
        comparable = first.shape == second.shape and min(first.shape[:2]) >= SSIM_LEAST_PX
        return {
            "distance": round(colour_distance(first, second), 6),
            "method": "bhattacharyya-hs",
            "ssim": round(structural_similarity(first, second), 6) if comparable else None,
        }

    carry_out(work, as_json=json, say=_sentence)


def _sentence(result: Result) -> str:
    ssim = result["ssim"]
    return f"{result['distance']:.4f}" if ssim is None else f"{result['distance']:.4f}  (SSIM {ssim:.4f})"


def _picture(spec: str) -> Image:
    source = open_source(spec)
    try:
        frame = source.read()
    finally:
        source.close()
    if not isinstance(frame, Frame):
        raise UserError("No picture could be read here: choose an image: {spec}", spec=spec)
    return frame.image
