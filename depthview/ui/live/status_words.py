"""What the status bar says of a running session."""

from PySide6.QtCore import QCoreApplication

from depthview.engine.live.status import SessionStatus


def figures(status: SessionStatus) -> str:
    """Frames in and out, drops, latency. Of a still there is no rate to tell, and none was dropped."""
    info = status.playback.info if status.playback else None
    if info is None or info.kind not in ("video", "live", "sequence"):
        return ""
    words = QCoreApplication.translate(
        "StatusLine", "{fps_in:.1f} in   {fps_out:.1f} out   {drops} dropped   latency {latency:.0f} ms"
    )
    told = status.telemetry
    return words.format(fps_in=told.fps_in, fps_out=told.fps_out, drops=told.drops, latency=1e3 * told.latency_median_s)


def provider(status: SessionStatus) -> str:
    """The model that runs, and what it really runs on."""
    running = status.running
    if running is None:
        return ""
    note = f" ({running.provider_note})" if running.provider_note else ""
    return f"{running.title}   {running.provider}{note}"
