"""The pane beside the photo: its range in colour with a colour bar, its normals, or what is believed of it."""

from depthview.engine.colour import Limits, colourise, lookup_table
from depthview.ui.panorama.shown import Shown
from depthview.ui.panorama_memory import Picture
from depthview.ui.parts.barred_image import BarredImage


class RangeView(BarredImage):
    """The range, the normals or the mask; only the range has a bar."""

    def show_picture(self, shown: Shown, picture: Picture, colour_map: str, limits: Limits | None) -> None:
        """`limits` None are those that the range has by itself."""
        self.bar.setVisible(picture is Picture.RANGE)
        if picture is Picture.RANGE:
            table = lookup_table(colour_map)
            self.bar.set_table(table)
            self.bar.set_locked(limits is not None)
            self.bar.show_range(limits or shown.limits, shown.scale, shown.histogram)
            image = colourise(shown.nearness, limits or shown.limits, table)
        else:
            image = shown.normals_rgb if picture is Picture.NORMALS else shown.mask_rgb
        self.image.show_image(image, shown.size_hw)

    def clear(self) -> None:
        self.image.clear_image()
