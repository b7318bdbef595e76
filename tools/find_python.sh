#!/bin/sh
# Prints a Python that DepthView runs on (3.11 to 3.13); $PYTHON goes first. Otherwise one sentence on stderr, exit 1.

fits() {
    "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' >/dev/null 2>&1
}

if [ -n "${PYTHON:-}" ]; then
    if fits "$PYTHON"; then echo "$PYTHON"; exit 0; fi
    echo "PYTHON is not a Python 3.11, 3.12 or 3.13: set it to one, or unset it: $PYTHON" >&2
    exit 1
fi
for candidate in python3 python3.13 python3.12 python3.11 python; do
    if fits "$candidate"; then echo "$candidate"; exit 0; fi
done
found=$(python3 -c 'import platform; print("Python", platform.python_version())' 2>/dev/null || echo "no Python at all")
echo "DepthView needs Python 3.11, 3.12 or 3.13, and found ${found}: install one" \
    "(Debian and Ubuntu: apt-get install python3 python3-venv; otherwise https://www.python.org/downloads)," \
    "or name it: make PYTHON=/path/to/python3.12" >&2
exit 1
