"""One thread: these tensors are tiny, and threads that wait for each other cost more than they compute."""

import pytest


@pytest.fixture(autouse=True)
def _one_quick_thread():
    torch = pytest.importorskip("torch")
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    yield
    torch.set_num_threads(before)
    torch.set_flush_denormal(False)
