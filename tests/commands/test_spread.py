"""Options that stand together reach a command as one, and typer as many."""

import inspect
from dataclasses import dataclass
from typing import Annotated

import typer
from typer.testing import CliRunner

from depthview.commands.depth import depth
from depthview.commands.live import live
from depthview.commands.spread import spread


@dataclass(frozen=True, kw_only=True)
class Paint:
    colour: Annotated[str, typer.Option("--colour", help="Of the wall.")] = "white"
    coats: Annotated[int, typer.Option("--coats", min=1)] = 2


def test_what_is_given_and_what_is_not_comes_in_the_dataclass() -> None:
    came: list[tuple[str, Paint, bool]] = []

    @spread
    def decorate(wall: Annotated[str, typer.Argument()], *, paint: Paint, dry: bool = False) -> None:
        """Paint a wall."""
        came.append((wall, paint, dry))

    app = typer.Typer()
    app.command()(decorate)
    assert CliRunner().invoke(app, ["north", "--coats", "3", "--dry"]).exit_code == 0
    assert CliRunner().invoke(app, ["south", "--colour", "red"]).exit_code == 0
    assert came == [("north", Paint(coats=3), True), ("south", Paint(colour="red"), False)]
    refused = CliRunner().invoke(app, ["north", "--coats", "0"])
    assert refused.exit_code == 2
    assert len(came) == 2
    said = CliRunner().invoke(app, ["--help"]).stdout
    assert "Paint a wall." in said
    assert "Of the wall." in said


def test_depth_and_live_are_told_of_the_way_in_the_same_words() -> None:
    named = [inspect.signature(command).parameters for command in (depth, live)]
    shared = [name for name in named[0] if name in named[1]]
    assert len(shared) > 20
    for name in shared:
        assert named[0][name].default == named[1][name].default
        assert named[0][name].annotation == named[1][name].annotation
