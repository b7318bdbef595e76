"""Only what pyproject.toml cannot say: `resources/` travels in the wheel as the package `depthview_resources`."""

from setuptools import find_packages, setup

setup(
    packages=[*find_packages(include=["depthview", "depthview.*"]), "depthview_resources"],
    package_dir={"depthview_resources": "resources"},
    package_data={"depthview_resources": ["**/*"]},
)
