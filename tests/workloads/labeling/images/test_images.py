"""Images that people bring: what is refused, what is stripped, near-duplicates, encryption at rest, and coverage."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from privacy.errors import DataError, ParamError, StateError, UnknownNameError
from privacy.registry import discover
from workloads.labeling.images import shipped
from workloads.labeling.images.album import Album
from workloads.labeling.images.coverage import NONE, coverage
from workloads.labeling.images.intake import NEAR, apart, measured, take
from workloads.labeling.images.scans import DOMAINS, HEIGHT, WIDTH, scan


def photo(seed=0, *, size=(64, 48), form="PNG", **more):
    rng = np.random.default_rng(seed)
    small = Image.fromarray(rng.integers(0, 255, (6, 8, 3), dtype=np.uint8)).resize(size, Image.Resampling.BICUBIC)
    out = io.BytesIO()
    small.save(out, format=form, **more)
    return out.getvalue()


def with_exif():
    found = Image.open(io.BytesIO(photo(3)))
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "SECRETCAM", 6  # the maker, and turned by a quarter
    exif.get_ifd(0x8825)[1] = "N"
    out = io.BytesIO()
    found.save(out, format="JPEG", exif=exif, quality=95)
    return out.getvalue()


def test_metadata_go_and_the_image_is_turned_as_they_said():
    data = with_exif()
    assert b"SECRETCAM" in data
    taken = take(data, name="a.jpg")
    assert b"SECRETCAM" not in taken.png
    found = Image.open(io.BytesIO(taken.png))
    assert dict(found.getexif()) == {}
    assert found.info == {}
    assert (taken.width, taken.height) == (48, 64)


def test_text_chunks_and_what_follows_an_image_do_not_come_along():
    data = photo(4)
    chunk = b"tEXtComment\x00private words"
    made = struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk))
    at = data.index(b"IDAT") - 4
    taken = take(data[:at] + made + data[at:] + b"trailing secret", name="b.png")
    assert b"private words" not in taken.png
    assert b"trailing secret" not in taken.png
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(taken.png))), np.asarray(Image.open(io.BytesIO(data))))


def bomb(width, height):
    """A PNG of a few bytes that says it has that many pixels."""
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    parts = [b"\x89PNG\r\n\x1a\n"]
    for kind, body in ((b"IHDR", head), (b"IDAT", zlib.compress(b"\0" * 100)), (b"IEND", b"")):
        parts.append(struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)))
    return b"".join(parts)


@pytest.mark.parametrize(
    ("data", "match"),
    [
        (b"", "not an image"),
        (b"hello", "not an image"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not an image"),
        (bomb(10_000, 10_000), "pixels"),
        (bomb(100_000, 10), "pixels"),
        (bomb(2**31 - 1, 2**31 - 1), "pixels|damaged"),
        (photo(1)[:200], "damaged"),
        (photo(1, size=(3, 3)), "too small"),
        (photo(1, form="TIFF"), "not an image"),
        (b"\x89PNG" + bytes(26 * 2**20), "MB"),
    ],
    ids=["empty", "text", "svg", "100 megapixels", "long", "huge", "cut", "tiny", "tiff", "26 MB"],
)
def test_what_is_no_image_or_too_large_is_refused_before_it_is_decoded(data, match):
    with pytest.raises(DataError, match=match):
        take(data, name="c.png")


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "BMP", "GIF"])
def test_each_format_is_read_and_looks_the_same(form):
    assert apart(take(photo(5), name="a").look, take(photo(5, form=form), name="b").look) <= NEAR


def test_near_duplicates_are_near_and_others_are_far():
    looks = [take(photo(seed), name="a").look for seed in range(12)]
    smaller = [take(photo(seed, size=(40, 30), form="JPEG", quality=60), name="b").look for seed in range(12)]
    assert all(apart(a, b) <= NEAR for a, b in zip(looks, smaller, strict=True))
    assert all(apart(looks[i], looks[j]) > NEAR for i in range(12) for j in range(i))


@pytest.fixture
def album(tmp_path, monkeypatch):
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path))
    with Album(discover()) as made:
        yield made


def add(album, data, **more):
    return album.add(data, **{"name": "a.png", "owner": "ada", "domain": "digits", "consent": True, **more})


def test_an_image_is_kept_encrypted_and_comes_back_as_it_was_taken(album, tmp_path):
    made = add(album, photo(1), group="north").picture
    png = album.png(made.id)
    assert take(photo(1), name="a").png == png
    files = [f for f in tmp_path.rglob("*") if f.is_file()]
    assert files
    assert not any(png in f.read_bytes() or b"IHDR" in f.read_bytes() for f in files)
    assert album.picture(made.id).group == "north"
    assert album.url(made.id).startswith("data:image/png;base64,")
    key = next(tmp_path.rglob("images.key"))
    assert key.stat().st_mode & 0o077 == 0
    key.write_bytes(bytes(32))
    with pytest.raises(StateError, match="cannot be decrypted"):
        album.png(made.id)


def test_an_image_has_one_owner_who_consented_and_cannot_be_taken_over(album):
    made = add(album, photo(1))
    with pytest.raises(DataError, match="somebody else's"):
        add(album, photo(1), owner="ben")
    with pytest.raises(DataError, match="yours"):
        add(album, photo(1))
    assert album.picture(made.picture.id).owner == "ada"
    with pytest.raises(ParamError, match="consented"):
        add(album, photo(2), consent=False)
    with pytest.raises(ParamError, match="owner"):
        add(album, photo(2), owner="")
    with pytest.raises(UnknownNameError):
        album.png("0" * 64)


def test_what_looks_nearly_the_same_is_named(album):
    first = add(album, photo(1)).picture
    assert add(album, photo(2)).near == ()
    assert add(album, photo(1, size=(40, 30), form="JPEG", quality=70)).near == (first.id,)


def test_coverage_counts_groups_and_leaves_small_ones_out():
    images = [f"i{n}" for n in range(45)]
    groups = {image: "north" if n < 20 else "south" if n < 40 else "east" for n, image in enumerate(images[:42])}
    labels = [[0]] * 20 + [[1]] * 20 + [[0]] * 5
    sure = [0.9] * 20 + [0.6] * 20 + [1.0] * 5
    rows = {row.name: row for row in coverage(groups, images, labels, sure, classes=2)}
    assert {name: row.images for name, row in rows.items()} == {"north": 20, "south": 20, NONE: 3, "east": 2}
    assert rows["north"].sure == pytest.approx(0.9)
    assert rows["north"].classes == (1.0, 0.0)
    assert rows["north"].apart == pytest.approx(20 / 45)
    assert rows["east"].small
    assert rows["east"].sure is None
    assert rows["east"].classes == ()


def test_coverage_counts_every_box_of_an_image_and_images_without_any():
    labels = [[0, 0, 1]] * 10 + [[]] * 10
    (row,) = coverage({}, [f"i{n}" for n in range(20)], labels, [0.5] * 10 + [1.0] * 10, classes=2)
    assert (row.images, row.classes, row.apart) == (20, pytest.approx((2 / 3, 1 / 3)), 0)
    assert row.sure == pytest.approx(0.75)


def test_the_size_of_an_image_is_that_of_the_upright_one():
    assert measured(with_exif(), "a.jpg") == (48, 64)
    assert measured(photo(2), "b.png") == (64, 48)
    with pytest.raises(DataError, match="pixels"):
        measured(bomb(10_000, 10_000), "c.png")


@pytest.mark.parametrize("domain", DOMAINS)
def test_scans_are_the_same_for_the_same_number_and_their_boxes_lie_inside(domain):
    for number in range(12):
        one = scan(domain, number)
        assert one.pixels.shape == (HEIGHT, WIDTH)
        assert 1 <= len(one.boxes) <= 4
        for box in one.boxes:
            box.within(WIDTH, HEIGHT)
    scan.cache_clear()
    again = scan(domain, 11)
    assert again is not one
    assert np.array_equal(again.pixels, one.pixels)
    assert again.boxes == one.boxes != scan(domain, 3).boxes


def test_shipped_images_are_known_by_id_and_others_are_not():
    assert shipped.truth("digits-0") == 0
    assert Image.open(io.BytesIO(shipped.png("scans-7"))).size == shipped.size("scans-7") == (WIDTH, HEIGHT)
    for name in ("digits-99999", "digits-x", "cats-1", "digits", "../etc"):
        with pytest.raises(UnknownNameError):
            shipped.png(name)
