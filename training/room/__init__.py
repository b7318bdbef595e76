"""The room that the project made: geometry, paint, light, cameras and an exact renderer, each in its own file."""
