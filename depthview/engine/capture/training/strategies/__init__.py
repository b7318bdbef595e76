"""Where Gaussians are added and where they are taken away while they learn."""
