"""Depth of a video that stands still where the scene does, and nothing dragged behind what moves."""
