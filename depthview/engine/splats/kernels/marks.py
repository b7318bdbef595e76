"""What the rasterizer knows of a splat on the screen: one row of float32 each."""

MIDDLE_X = 0
"""px, so that a pixel's own middle is at its whole number."""
MIDDLE_Y = 1
SLANT = 2
"""How far the row's middle shifts to the right from row to row."""
NARROW = 3
"""By which pixels to the right of the row's middle are scaled: (NARROW u)^2 + (FLAT v)^2 is the power / 16."""
FLAT = 4
FAINT = 5
"""-ln(opacity) / 16, so that exp(-16 (FAINT + ...)) is what the splat covers."""
HALF_WIDTH = 6
"""px to the right and to the left that it reaches, where it covers a 255th."""
HALF_HEIGHT = 7
DEPTH = 8
RED = 9
GREEN = 10
BLUE = 11
NUMBERS = 12

CUT = 16
"""The power is kept as a 16th of itself: exp of it by few terms, then squared four times."""
TILE = 16
"""px; 16 blocks of 4 by 4."""
