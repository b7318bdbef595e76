"""`python -m depthview`."""

from depthview.cli import main

main()
