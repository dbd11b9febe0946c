"""Small real files of several types, from the standard library alone."""

from __future__ import annotations

import io
import math
import struct
import wave
import zlib


def png(width: int = 640, height: int = 360, *, hue: int = 0) -> bytes:
    """A soft gradient; `hue` from 0 to 5 turns its colours round."""
    turned = [(hue + part) % 6 for part in (0, 2, 4)]
    rows = bytearray()
    for y in range(height):
        rows.append(0)  # no filter
        for x in range(width):
            rows += bytes(_channel(x / width, y / height, part) for part in turned)
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = _chunk(b"IHDR", head) + _chunk(b"IDAT", zlib.compress(bytes(rows), 6)) + _chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def _channel(x: float, y: float, part: int) -> int:
    return round(150 + 90 * math.sin(part * math.pi / 3 + 2.2 * x + 1.4 * y))


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def wav(seconds: float = 2) -> bytes:
    """A tone that swells and fades."""
    rate = 8000
    count = int(rate * seconds)
    tone = (int(9000 * math.sin(math.pi * frame / count) * math.sin(2 * math.pi * 330 * frame / rate)) for frame in range(count))
    written = io.BytesIO()
    with wave.open(written, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(rate)
        sound.writeframes(b"".join(struct.pack("<h", value) for value in tone))
    return written.getvalue()


def pdf() -> bytes:
    catalogue = b"1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n"
    return b"%PDF-1.4\n" + catalogue + b"trailer<</Root 1 0 R>>\n"
