"""The one kind of error that is meant for a person."""


class UserError(Exception):
    """Something the person can act on, said in one sentence: what is wrong, what to do, and a path last.

    `template` is a format string and `values` fills it, so that the window can translate the sentence before it is
    filled. `details` is for the *Details* fold: the original error, a log tail. It never holds the way out.
    """

    def __init__(self, template: str, *, details: str = "", **values: object) -> None:
        self.template = template
        self.values = values
        self.details = details
        super().__init__(template.format(**values))


class Stopped(Exception):  # noqa: N818 - not an error: the person asked for it
    """A long job ended early because its stop token was set."""
