"""The mirror of `engine/capture`: jobs from photos to splats, in the window."""
