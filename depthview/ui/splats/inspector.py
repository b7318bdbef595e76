"""What can be turned about splat scenes, in pages: a single column would be longer than any screen."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFrame, QScrollArea, QStackedWidget, QTabBar, QVBoxLayout, QWidget

from depthview.ui.capture.desk import CaptureDesk
from depthview.ui.capture.jobs_page import JobsPage
from depthview.ui.splats.film_section import FilmSection
from depthview.ui.splats.filter_section import FilterSection
from depthview.ui.splats.look_section import LookSection
from depthview.ui.splats.picture_section import PictureSection
from depthview.ui.splats.scenes_page import ScenesPage
from depthview.ui.splats.thin_section import ThinSection
from depthview.ui.splats.view_section import ViewSection

_WIDTH_PX = 292


class SplatInspector(QWidget):
    """Holds the pages; whoever shows and hears what is on them goes to the page itself."""

    def __init__(
        self,
        bring_in: Sequence[tuple[QAction, str]],
        by_name: Mapping[str, QAction],
        desk: CaptureDesk,
        parent: QWidget | None = None,
    ) -> None:
        """`bring_in`: see ScenesPage."""
        super().__init__(parent)
        self.setFixedWidth(_WIDTH_PX)
        self.tabs = QTabBar(self)
        self.tabs.setExpanding(True)
        self.tabs.setDrawBase(False)
        self.tabs.setUsesScrollButtons(False)
        self.tabs.setObjectName("pages")
        self.tabs.setAccessibleName(self.tr("Pages"))
        self._pages = QStackedWidget(self)
        self.tabs.currentChanged.connect(self._pages.setCurrentIndex)
        self.scenes = ScenesPage(bring_in)
        self.look = LookSection()
        self.filters = FilterSection()
        self.thin = ThinSection()
        self.views = ViewSection()
        self.film = FilmSection()
        self.picture = PictureSection(by_name["export_splats_view"])
        self._add(self.tr("Scenes"), self.tr("What stands in the pane, and where"), self.scenes)
        self._add(self.tr("Look"), self.tr("How it is drawn and looked at"), _column(self.look))
        self._add(self.tr("Filters"), self.tr("What is left out"), _column(self.filters, self.thin))
        camera = _column(self.views, self.film, self.picture)
        self._add(self.tr("Camera"), self.tr("Views to come back to, films and pictures"), camera)
        self.jobs = JobsPage(desk)
        self._add(self.tr("Jobs"), self.tr("Scenes that are made from photos"), self.jobs)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.tabs)
        column.addWidget(self._pages, 1)

    def show_jobs(self) -> None:
        """Turn to the page of jobs."""
        self.tabs.setCurrentIndex(self.tabs.count() - 1)

    def _add(self, title: str, tip: str, page: QWidget) -> None:
        area = QScrollArea(self)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(page)
        self._pages.addWidget(area)
        self.tabs.setTabToolTip(self.tabs.addTab(title), tip)


def _column(*sections: QWidget) -> QWidget:
    """Sections below one another."""
    page = QWidget()
    column = QVBoxLayout(page)
    column.setContentsMargins(12, 4, 12, 8)
    for section in sections:
        column.addWidget(section)
    column.addStretch(1)
    return page
