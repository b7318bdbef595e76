"""Splat scenes as files: one module a format, each with `read(path)` and, where it is written, `write(scene, path)`."""
