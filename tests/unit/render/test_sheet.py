import av
import numpy as np
import pytest

from lighttrack.render.sheet import contact_sheet, write_png


def test_images_stand_row_by_row_in_their_order():
    greys = [np.full((90, 160, 3), 40 + 30 * i, np.uint8) for i in range(5)]
    page = contact_sheet(greys, columns=2, width=326)
    centers = [page[51 + 96 * (i // 2), 86 + 166 * (i % 2), 0] for i in range(5)]
    assert centers == [40, 70, 100, 130, 160]


def test_few_images_fill_the_page():
    assert contact_sheet([np.full((90, 160, 3), 255, np.uint8)], width=332).mean() > 200


def test_portrait_images_keep_their_shape():
    page = contact_sheet([np.zeros((160, 90, 3), np.uint8)] * 3, columns=3, width=294)
    assert page.shape == (172, 294, 3)


def test_images_of_different_sizes_are_refused():
    with pytest.raises(ValueError, match="images of one size"):
        contact_sheet([np.zeros((9, 16, 3), np.uint8), np.zeros((16, 9, 3), np.uint8)])


def test_a_page_reads_back_as_it_was_written(tmp_path):
    page = np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8)
    write_png(tmp_path / "ü page.png", page)
    with av.open(str(tmp_path / "ü page.png")) as image:
        assert (next(image.decode(video=0)).to_ndarray(format="rgb24") == page).all()
