"""From photos to a splat scene: preflight, camera poses, training, and the jobs that run them."""
