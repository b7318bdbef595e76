"""Where each photo was taken from: COLMAP through pycolmap, stage by stage."""
