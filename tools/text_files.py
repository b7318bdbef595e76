"""A pre-commit hook: puts the ends of lines and files in order, refuses conflict marks and files that are too big.

`python tools/text_files.py FILE...` changes what it can, names it, and exits 1 if anything was not in order.
"""

import sys
from pathlib import Path

# The sample clip is the largest thing that belongs here.
MOST_BYTES = 4_000_000
CONFLICT_MARKS = (b"<<<<<<< ", b">>>>>>> ")


def in_order(data: bytes) -> bytes:
    """The same text with Unix line ends, no spaces at line ends and exactly one newline at the end."""
    lines = [line.rstrip(b" \t\r") for line in data.split(b"\n")]
    text = b"\n".join(lines).rstrip(b"\n")
    return text + b"\n" if text else b""


def complaint(path: Path) -> str:
    """What was wrong with this file, put right where it could be; empty if nothing was."""
    if path.stat().st_size > MOST_BYTES:
        return f"more than {MOST_BYTES // 1_000_000} MB"
    data = path.read_bytes()
    if b"\0" in data:
        return ""
    if any(line.startswith(CONFLICT_MARKS) for line in data.splitlines()):
        return "a conflict mark"
    tidy = in_order(data)
    if tidy == data:
        return ""
    path.write_bytes(tidy)
    return "line ends (put in order)"


def main() -> None:
    found = [(name, complaint(Path(name))) for name in sys.argv[1:]]
    wrong = [f"{name}: {said}" for name, said in found if said]
    print("\n".join(wrong))
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
