"""How DepthView looks: two quiet palettes, one accent, and pictures in front."""

from PySide6.QtCore import QByteArray, QSize, Qt
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication

from depthview.engine.resources import resource

ACCENT = "#3d8bfd"
_DARK = {
    "window": "#1b1c1f",
    "base": "#141517",
    "raised": "#25272b",
    "line": "#34363b",
    "text": "#e4e5e7",
    "faint": "#9a9da3",
    "warn": "#f0b05a",
}
_LIGHT = {
    "window": "#f5f5f6",
    "base": "#ffffff",
    "raised": "#e9eaec",
    "line": "#d3d5d9",
    "text": "#1d1f22",
    "faint": "#63666d",
    "warn": "#a35c00",
}
_ICON_PX = 20


def choose(theme: str) -> None:
    """`system` follows the desktop; `dark` and `light` overrule it."""
    scheme = {"dark": Qt.ColorScheme.Dark, "light": Qt.ColorScheme.Light}.get(theme, Qt.ColorScheme.Unknown)
    QGuiApplication.styleHints().setColorScheme(scheme)


def is_dark() -> bool:
    return QGuiApplication.styleHints().colorScheme() != Qt.ColorScheme.Light


def colours() -> dict[str, str]:
    return _DARK if is_dark() else _LIGHT


def apply(application: QApplication) -> None:
    """Give the application the palette and the style sheet of the present colour scheme."""
    application.setStyle("Fusion")
    c = colours()
    palette = QPalette()
    roles = {
        QPalette.ColorRole.Window: c["window"],
        QPalette.ColorRole.WindowText: c["text"],
        QPalette.ColorRole.Base: c["base"],
        QPalette.ColorRole.AlternateBase: c["raised"],
        QPalette.ColorRole.Text: c["text"],
        QPalette.ColorRole.Button: c["raised"],
        QPalette.ColorRole.ButtonText: c["text"],
        QPalette.ColorRole.ToolTipBase: c["raised"],
        QPalette.ColorRole.ToolTipText: c["text"],
        QPalette.ColorRole.PlaceholderText: c["faint"],
        QPalette.ColorRole.Highlight: ACCENT,
        QPalette.ColorRole.HighlightedText: "#ffffff",
        QPalette.ColorRole.Link: ACCENT,
        QPalette.ColorRole.Mid: c["line"],
        QPalette.ColorRole.Dark: c["line"],
    }
    for role, colour in roles.items():
        palette.setColor(role, QColor(colour))
    for role in (QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText, QPalette.ColorRole.WindowText):
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(c["faint"]))
    application.setPalette(palette)
    application.setStyleSheet(_STYLE.format(accent=ACCENT, **c))


def icon(name: str) -> QIcon:
    """A line drawing from resources/icons in the colour of the text; faint where disabled."""
    c = colours()
    drawn = QIcon()
    for mode, colour in ((QIcon.Mode.Normal, c["text"]), (QIcon.Mode.Disabled, c["line"])):
        drawn.addPixmap(_draw(name, colour), mode, QIcon.State.Off)
    drawn.addPixmap(_draw(name, ACCENT), QIcon.Mode.Normal, QIcon.State.On)
    return drawn


def _draw(name: str, colour: str) -> QPixmap:
    ratio = QGuiApplication.primaryScreen().devicePixelRatio() if QGuiApplication.primaryScreen() else 1.0
    pixmap = QPixmap(QSize(_ICON_PX, _ICON_PX) * ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    path = resource(f"icons/{name}.svg")
    if path.exists():
        svg = path.read_text(encoding="utf-8").replace("currentColor", colour)
        painter = QPainter(pixmap)
        QSvgRenderer(QByteArray(svg.encode("utf-8"))).render(painter)
        painter.end()
    pixmap.setDevicePixelRatio(ratio)
    return pixmap


_STYLE = """
* {{ outline: none; }}
QMainWindow::separator {{ background: {window}; width: 6px; height: 6px; }}
QMainWindow::separator:hover {{ background: {accent}; }}
QToolTip {{ border: 1px solid {line}; padding: 4px 6px; }}
QMenu {{ border: 1px solid {line}; padding: 4px; background: {base}; }}
QMenu::item {{ padding: 5px 22px 5px 12px; border-radius: 4px; }}
QMenu::item:selected {{ background: {accent}; color: white; }}
QMenu::item:disabled {{ color: {faint}; }}
QMenu::separator {{ height: 1px; background: {line}; margin: 4px 8px; }}
QLineEdit, QComboBox, QSpinBox, QDoubleSpinBox {{
    background: {base}; border: 1px solid {line}; border-radius: 5px; padding: 4px 7px; min-height: 18px;
    selection-background-color: {accent};
}}
QLineEdit:focus, QComboBox:focus, QSpinBox:focus, QDoubleSpinBox:focus {{ border-color: {accent}; }}
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button {{ width: 0; border: none; }}
QAbstractSpinBox QLineEdit {{ border: none; padding: 0; min-height: 0; background: transparent; }}
QComboBox::drop-down {{ border: none; width: 18px; }}
QPushButton {{ background: {raised}; border: 1px solid {line}; border-radius: 5px; padding: 5px 12px; }}
QPushButton:hover {{ border-color: {accent}; }}
QPushButton:pressed, QPushButton:checked {{ background: {accent}; color: white; border-color: {accent}; }}
QPushButton:disabled {{ color: {faint}; }}
QPushButton:focus {{ border-color: {accent}; }}
QPushButton#primary {{ background: {accent}; color: white; border-color: {accent}; padding: 8px 18px; }}
QToolButton {{ border: 1px solid transparent; border-radius: 5px; padding: 4px; }}
QToolButton:hover {{ background: {raised}; }}
QToolButton:focus {{ border-color: {accent}; }}
QToolButton:checked {{ background: {raised}; }}
QLabel[faint="true"] {{ color: {faint}; }}
QLabel[warn="true"] {{ color: {warn}; }}
QLabel[section="true"] {{ font-weight: 600; padding-top: 6px; }}
QLabel[title="true"] {{ font-size: 26px; font-weight: 600; }}
QWidget#paneTitle {{ background: {window}; }}
QWidget#problem {{ background: {raised}; border-radius: 6px; }}
QScrollArea {{ border: none; background: {window}; }}
QScrollArea > QWidget > QWidget {{ background: {window}; }}
QStatusBar {{ color: {faint}; }}
QStatusBar::item {{ border: none; }}
QSlider::groove:horizontal {{ height: 4px; background: {line}; border-radius: 2px; }}
QSlider::sub-page:horizontal {{ background: {accent}; border-radius: 2px; }}
QSlider::handle:horizontal {{
    background: {text}; width: 12px; height: 12px; margin: -4px 0; border-radius: 6px;
}}
QSlider::sub-page:horizontal:disabled, QSlider::handle:horizontal:disabled {{ background: {line}; }}
QScrollBar:vertical {{ width: 8px; background: transparent; }}
QScrollBar::handle:vertical {{ background: {line}; border-radius: 4px; min-height: 24px; }}
QScrollBar::add-line, QScrollBar::sub-line {{ height: 0; width: 0; }}
"""
