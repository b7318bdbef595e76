"""How the machine's cores are shared while depth plays."""

import os

import cv2


def inference_threads() -> int:
    """Threads for the estimator: all cores but one, which decodes, colours and draws.

    Giving inference every core makes it contend with the window for the last one: slower frames and a window that
    stutters.
    """
    return max(1, (os.cpu_count() or 2) - 1)


def share_cores() -> None:
    """Hold OpenCV, whose thread count belongs to the whole process, to the same share. Called once, at the start."""
    cv2.setNumThreads(inference_threads())
