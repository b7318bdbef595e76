"""The engine: numpy in, numpy out. It imports no window toolkit and asks nobody what happens to its results."""
