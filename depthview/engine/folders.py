"""Where DepthView keeps its things: the platform's own folders, or all under `$DEPTHVIEW_HOME`."""

import os
from pathlib import Path

import platformdirs

import depthview

IMPORT_FOLDER = Path(depthview.__file__).parents[1]
"""From where a child process imports DepthView: a checkout can be imported from its own folder only."""


def data_folder() -> Path:
    """Models and other things that are worth keeping."""
    return _home() or Path(platformdirs.user_data_dir("depthview", appauthor=False))


def models_folder() -> Path:
    """Where a person's own models lie, and those that were downloaded."""
    return data_folder() / "models"


def jobs_folder() -> Path:
    """The list of jobs from photos to splats, and the jobs' own folders where nothing else was chosen."""
    return data_folder() / "jobs"


def cache_folder() -> Path:
    """What can be made again at any time, if slowly."""
    home = _home()
    return home / "cache" if home else Path(platformdirs.user_cache_dir("depthview", appauthor=False))


def settings_folder() -> Path:
    return _home() or Path(platformdirs.user_config_dir("depthview", appauthor=False))


def pictures_folder() -> Path:
    """Where screenshots go."""
    home = _home()
    return home / "screenshots" if home else Path(platformdirs.user_pictures_dir()) / "DepthView"


def _home() -> Path | None:
    home = os.environ.get("DEPTHVIEW_HOME")
    return Path(home) if home else None
