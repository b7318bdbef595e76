"""Splats in glTF 2.0, as .glb or .gltf, by KHR_gaussian_splatting and its drafts; read only.

Axes x left, y up, z forward: half a turn about z from ours, so that what is up there is up here.
"""

from depthview.engine.splats.formats.gltf.reading import read

__all__ = ["read"]
