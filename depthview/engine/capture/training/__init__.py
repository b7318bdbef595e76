"""From photos with known cameras to splats: the published method, resumable at any moment."""
