"""The compiled loops of the processor's rasterizer. Import them where they are used: numba takes half a second."""
