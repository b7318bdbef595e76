"""How the machine's cores are shared while depth plays."""

import os


def inference_threads() -> int:
    """Threads for the estimator: all cores but one, which decodes, colours and draws.

    Giving inference every core makes it contend with the window for the last one: slower frames and a window that
    stutters.
    """
    return max(1, (os.cpu_count() or 2) - 1)
