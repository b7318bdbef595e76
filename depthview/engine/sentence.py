"""What the engine tells a person, as plain text that can still be translated."""

from typing import Self


class Sentence(str):
    """Text filled from `template`, a format string, and `values`: the window translates the one, then fills in the
    other. Everywhere else it is the filled text."""

    __slots__ = ("template", "values")
    template: str
    values: dict[str, object]

    def __new__(cls, template: str, **values: object) -> Self:
        said = super().__new__(cls, template.format(**values))
        said.template, said.values = template, values
        return said

    def __getnewargs_ex__(self) -> tuple[tuple[str], dict[str, object]]:
        return (self.template,), self.values
