"""Splats drawn by the processor: tiles of 16 by 16 pixels, each from near to far until it is opaque."""
