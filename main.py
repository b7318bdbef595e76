"""DepthView from a checkout: `python main.py [FILE_OR_ADDRESS]...`, or any command of `depthview --help`."""

from depthview.cli import main

if __name__ == "__main__":
    main()
