"""DepthView: depth from stereo video, photos, cameras and web addresses, live, in one window."""

__version__ = "0.1.0"
