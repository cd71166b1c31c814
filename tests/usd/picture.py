"""Reads the PNG files that `telestage shot --aov id` writes: 8 bits a channel, RGB or RGBA, not interlaced."""

import struct
import zlib


def read(path):
    """(width, height, bytes for each pixel, one bytearray for each row from the top)."""
    with open(path, "rb") as file:
        data = file.read()
    if data[:8] != b"\x89PNG\r\n\x1a\n":
        raise ValueError(f"not a PNG file: {path}")
    header, packed, at = None, b"", 8
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at : at + 8])
        chunk = data[at + 8 : at + 8 + length]
        if kind == b"IHDR":
            header = struct.unpack(">IIBBBBB", chunk)
        elif kind == b"IDAT":
            packed += chunk
        at += 12 + length
    width, height, depth, colour, _, _, interlaced = header
    if depth != 8 or colour not in (2, 6) or interlaced:
        raise ValueError(f"a PNG of another kind than expected: {header}: {path}")
    step = 3 if colour == 2 else 4
    return width, height, step, _unfilter(zlib.decompress(packed), width * step, height, step)


def _unfilter(raw, stride, height, step):
    """Undoes PNG's filters 0 to 4 (PNG specification, section 9)."""
    rows, above = [], bytearray(stride)
    for y in range(height):
        start = y * (stride + 1)
        kind, row = raw[start], bytearray(raw[start + 1 : start + 1 + stride])
        if kind == 1:
            for i in range(step, stride):
                row[i] = (row[i] + row[i - step]) & 255
        elif kind == 2:
            for i in range(stride):
                row[i] = (row[i] + above[i]) & 255
        elif kind == 3:
            for i in range(stride):
                left = row[i - step] if i >= step else 0
                row[i] = (row[i] + (left + above[i]) // 2) & 255
        elif kind == 4:
            for i in range(stride):
                left, corner = (row[i - step], above[i - step]) if i >= step else (0, 0)
                row[i] = (row[i] + _paeth(left, above[i], corner)) & 255
        elif kind != 0:
            raise ValueError(f"no filter of PNG: {kind}")
        rows.append(row)
        above = row
    return rows


def _paeth(left, above, corner):
    guess = left + above - corner
    far_left, far_above, far_corner = abs(guess - left), abs(guess - above), abs(guess - corner)
    if far_left <= far_above and far_left <= far_corner:
        return left
    return above if far_above <= far_corner else corner


def boxes(path):
    """The box of each id's pixels: {id: (left, top, right, bottom)}, right and bottom being one past the last."""
    width, _, step, rows = read(path)
    found = {}
    for y, row in enumerate(rows):
        x = 0
        while x < width:
            pixel = row[x * step : x * step + 3]
            end = x + 1
            while end < width and row[end * step : end * step + 3] == pixel:
                end += 1
            number = pixel[0] + 256 * pixel[1] + 65536 * pixel[2]
            if number:
                left, top, right, _ = found.get(number, (x, y, end, y))
                found[number] = (min(left, x), top, max(right, end), y + 1)
            x = end
    return found
