"""Icons: every one is drawn, in the theme's colour, with twice the pixels on a screen of twice the density."""

import pytest
from PyQt6.QtCore import QSize

from ui import icons, theme


@pytest.mark.parametrize("name", sorted(path.stem for path in icons.FOLDER.glob("*.svg")))
def test_each_icon_is_crisp_and_in_the_colour_of_the_words(qapp, name):
    theme.apply(qapp, "dark")
    pixmap = icons.icon(name).pixmap(QSize(20, 20), 2.0)
    assert (pixmap.width(), pixmap.devicePixelRatio()) == (40, 2.0)
    image = pixmap.toImage()
    drawn = [image.pixelColor(x, y) for x in range(40) for y in range(40)]
    solid = [colour for colour in drawn if colour.alpha() == 255]
    assert solid, "nothing is drawn"
    assert all(abs(colour.red() - 0xE6) <= 2 for colour in solid)
    assert sum(colour.alpha() == 0 for colour in drawn) > 400, "it fills its square"
