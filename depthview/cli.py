"""The entry: `depthview [FILE_OR_ADDRESS]...` opens the window, a verb does the same work without it."""

import sys

VERBS = frozenset({"depth", "live", "models", "similarity", "doctor"})


def main() -> None:
    """The entry point of `depthview` and of main.py. Neither half imports the other's weight."""
    arguments = sys.argv[1:]
    if arguments and (arguments[0] in VERBS or arguments[0].startswith("-")):
        from depthview.commands.app import app

        app(prog_name="depthview")
    else:
        from depthview.ui.app import run

        sys.exit(run(arguments))
