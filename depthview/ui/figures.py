"""Figures as the window writes them, in any language."""


def counted(count: int) -> str:
    """In groups of three, with a space that no line ends at."""
    return f"{count:,}".replace(",", "\u202f")


def size_words(count_bytes: int) -> str:
    """Of a file or a piece of memory, as short as it fits a row of the list, and as the command line says it."""
    if count_bytes >= 1e9:
        return f"{count_bytes / 1e9:.1f} GB"
    if count_bytes >= 1e8:
        return f"{count_bytes / 1e6:.0f} MB"
    return f"{count_bytes / 1e6:.1f} MB" if count_bytes >= 1e5 else f"{count_bytes / 1e3:.0f} kB"
