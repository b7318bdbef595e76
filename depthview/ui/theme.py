"""How DepthView looks: two quiet palettes, one accent, and pictures in front."""

from PySide6.QtCore import QByteArray, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QIconEngine, QPainter, QPalette, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication

from depthview.engine.resources import resource

ACCENT = "#3d8bfd"
ON_ACCENT = "#ffffff"
_DARK = {
    "window": "#1b1c1f",
    "base": "#141517",
    "canvas": "#141517",
    "raised": "#25272b",
    "line": "#34363b",
    "text": "#e4e5e7",
    "faint": "#9a9da3",
    "warn": "#f0b05a",
}
_LIGHT = {
    "window": "#f5f5f6",
    "base": "#ffffff",
    "canvas": "#d6d8dc",
    "raised": "#e9eaec",
    "line": "#d3d5d9",
    "text": "#1d1f22",
    "faint": "#63666d",
    "warn": "#a35c00",
}
_CHOICE = "depthview_theme"


def choose(theme: str) -> None:
    """`system` follows the desktop; `dark` and `light` overrule it."""
    application = QGuiApplication.instance()
    if application is not None:
        application.setProperty(_CHOICE, theme)
    scheme = {"dark": Qt.ColorScheme.Dark, "light": Qt.ColorScheme.Light}.get(theme, Qt.ColorScheme.Unknown)
    QGuiApplication.styleHints().setColorScheme(scheme)


def is_dark() -> bool:
    """Dark unless the person, or else the desktop, wants it light. Not every desktop lets Qt overrule its scheme."""
    application = QGuiApplication.instance()
    chosen = application.property(_CHOICE) if application is not None else None
    if chosen in ("dark", "light"):
        return bool(chosen == "dark")
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
        QPalette.ColorRole.HighlightedText: ON_ACCENT,
        QPalette.ColorRole.Link: ACCENT,
        QPalette.ColorRole.Mid: c["line"],
        QPalette.ColorRole.Dark: c["line"],
    }
    for role, colour in roles.items():
        palette.setColor(role, QColor(colour))
    for role in (QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText, QPalette.ColorRole.WindowText):
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(c["faint"]))
    application.setPalette(palette)
    arrow, tick = (resource(f"icons/{name}.svg").as_posix() for name in ("down", "tick"))
    application.setStyleSheet(_STYLE.format(accent=ACCENT, arrow=arrow, tick=tick, **c))


def icon(name: str, *, switched_on: str = ACCENT) -> QIcon:
    """A line drawing from resources/icons in the colour of the text, whatever the theme is when it is painted; in
    `switched_on` where its button is."""
    return QIcon(_LineDrawing(name, switched_on))


class _LineDrawing(QIconEngine):
    """Faint where disabled, of another colour where switched on."""

    def __init__(self, name: str, switched_on: str) -> None:
        super().__init__()
        self._name, self._switched_on = name, switched_on
        path = resource(f"icons/{name}.svg")
        self._svg = path.read_text(encoding="utf-8") if path.exists() else ""

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        c = colours()
        off = c["line"] if mode == QIcon.Mode.Disabled else c["text"]
        colour = self._switched_on if state == QIcon.State.On else off
        svg = self._svg.replace("currentColor", colour)
        QSvgRenderer(QByteArray(svg.encode("utf-8"))).render(painter, QRectF(rect))

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        pixmap = QPixmap(size)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        self.paint(painter, pixmap.rect(), mode, state)
        painter.end()
        return pixmap

    def clone(self) -> QIconEngine:
        return _LineDrawing(self._name, self._switched_on)


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
QLineEdit#inPlace {{ padding: 0 4px; min-height: 16px; }}
QLineEdit:focus, QComboBox:focus, QSpinBox:focus, QDoubleSpinBox:focus {{ border-color: {accent}; }}
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button {{ width: 0; border: none; }}
QAbstractSpinBox QLineEdit {{ border: none; padding: 0; min-height: 0; background: transparent; }}
QAbstractSpinBox QLineEdit {{ padding-left: 5px; }}
QComboBox::drop-down {{ border: none; width: 20px; }}
QComboBox::down-arrow {{ image: url("{arrow}"); width: 12px; height: 12px; }}
QPushButton {{ background: {raised}; border: 1px solid {line}; border-radius: 5px; padding: 5px 12px; }}
QPushButton:hover {{ border-color: {accent}; }}
QPushButton:pressed, QPushButton:checked {{ background: {accent}; color: white; border-color: {accent}; }}
QPushButton:disabled {{ color: {faint}; }}
QPushButton:focus {{ border-color: {accent}; }}
QPushButton#primary {{ background: {accent}; color: white; border-color: {accent}; padding: 8px 18px; }}
QPushButton#primary:disabled {{ background: {raised}; color: {faint}; border-color: {line}; }}
QToolButton {{ border: 1px solid transparent; border-radius: 5px; padding: 4px; }}
QToolButton:hover {{ background: {raised}; }}
QToolButton:focus {{ border-color: {accent}; }}
QToolButton:checked {{ background: {raised}; }}
QToolButton#fold, QToolButton#fold:checked {{ color: {faint}; background: transparent; padding: 2px 0; }}
QToolButton#fold:hover {{ color: {text}; }}
QToolButton#anyway {{ color: {accent}; padding: 0 2px; border: none; }}
QToolButton#anyway:hover, QToolButton#anyway:focus {{ text-decoration: underline; background: transparent; }}
QLabel[faint="true"] {{ color: {faint}; }}
QLabel[warn="true"] {{ color: {warn}; }}
QLabel[section="true"] {{ font-weight: 600; padding-top: 6px; }}
QLabel[title="true"] {{ font-size: 26px; font-weight: 600; }}
QWidget#placeBar {{ background: {base}; }}
QWidget#placeBar QToolButton {{ color: {faint}; padding: 4px 1px; font-size: 9pt; }}
QWidget#placeBar QToolButton:checked {{ color: {text}; }}
QListWidget#shelf {{ background: {window}; }}
QListWidget#shelf::item {{ color: {faint}; border: 1px solid transparent; border-radius: 5px; padding: 2px; }}
QListWidget#shelf::item:selected {{ color: {text}; background: {raised}; border-color: {accent}; }}
QListWidget#scenes, QListWidget#views, QListWidget#jobRows {{ background: {window}; }}
QListWidget#scenes::item, QListWidget#views::item, QListWidget#jobRows::item {{
    border: 1px solid transparent; border-radius: 5px;
}}
QListWidget#views::item {{ padding: 4px 6px; color: {text}; }}
QListWidget#scenes::item:selected, QListWidget#views::item:selected, QListWidget#jobRows::item:selected {{
    background: {raised}; border-color: {line}; color: {text};
}}
QTabBar#pages::tab {{
    color: {faint}; padding: 9px 2px 7px 2px; border: none; border-bottom: 2px solid {window}; background: {window};
}}
QTabBar#pages::tab:hover {{ color: {text}; }}
QTabBar#pages::tab:selected {{ color: {text}; border-bottom-color: {accent}; }}
QWidget#jobs {{ background: {raised}; border: 1px solid {line}; border-radius: 6px; }}
QProgressBar {{ background: {line}; border: none; border-radius: 3px; }}
QProgressBar::chunk {{ background: {accent}; border-radius: 3px; }}
QProgressBar#thin {{ border-radius: 2px; }}
QProgressBar#thin::chunk {{ border-radius: 2px; }}
QProgressBar[quiet="true"]::chunk {{ background: {faint}; }}
QWidget#paneTitle {{ background: {window}; }}
QWidget#problem {{ background: {raised}; border: 1px solid {line}; border-radius: 6px; }}
QCheckBox::indicator, QListWidget::indicator {{
    width: 12px; height: 12px; border: 1px solid {faint}; border-radius: 3px; background: {base};
}}
QCheckBox::indicator:checked, QListWidget::indicator:checked {{
    background: {accent}; border-color: {accent}; image: url("{tick}");
}}
QRadioButton::indicator {{
    width: 12px; height: 12px; border: 1px solid {faint}; border-radius: 7px; background: {base};
}}
QRadioButton::indicator:checked {{
    border-color: {accent};
    background: qradialgradient(cx: 0.5, cy: 0.5, radius: 0.5, fx: 0.5, fy: 0.5,
        stop: 0 {accent}, stop: 0.5 {accent}, stop: 0.6 {base}, stop: 1 {base});
}}
QRadioButton:focus {{ color: {accent}; }}
QCheckBox::indicator:disabled {{ border-color: {line}; background: {window}; }}
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
