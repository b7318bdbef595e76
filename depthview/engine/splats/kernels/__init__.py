"""The compiled loops over splats. Import them where they are used: numba takes half a second."""
