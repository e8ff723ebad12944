#!/usr/bin/env python3
"""Damages pictures in many ways, and compares what the tool's decoders and Pillow make of each.

    mutants.py [MUTANTS [SEED]]

Needs Pillow and a C compiler. The decoders are built as a library of their own and called from here. What Pillow
refuses has to be refused, and what both read has to have the same pixels; `BORNE` tells what is let pass, and why.
What Pillow reads and the decoders refuse by name is counted: they look at every checksum and at the order of chunks.
Ends with status 1 where they read what Pillow refuses. With `KEEP=FOLDER`, what differs is kept there.
"""
import ctypes
import io
import os
import random
import shlex
import struct
import subprocess
import sys
import tempfile
import warnings
import zlib
from collections import Counter
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
IMAGING = ROOT / "Sources" / "Host" / "CImaging"
PIXELS = 1 << 24

# What Pillow says of pictures that are read nevertheless.
BORNE = {
    # All rows are there, and their checksums are right; a chunk behind them says that it is longer than the file.
    ("png", "OSError: Truncated File Read"),
}
# Levels of 255 by which pixels of a JPEG may differ: versions of libjpeg-turbo smooth otherwise where scans of a
# progressive one are missing or damaged.
SMOOTHED = 8


class Picture(ctypes.Structure):
    """`img_picture`"""
    _fields_ = [("pixels", ctypes.POINTER(ctypes.c_uint8)), ("width", ctypes.c_uint32),
                ("height", ctypes.c_uint32), ("error", ctypes.c_char * 200)]


class Decoders:
    """The C code that decodes pictures, called as `RGBImage(contentsOf:)` does."""

    def __init__(self, folder: str):
        library = f"{folder}/decoders.so"
        packages = subprocess.run(
            ["pkg-config", "--cflags", "--libs", "libpng", "libjpeg", "libwebp", "libwebpdemux"],
            check=True, capture_output=True, text=True).stdout
        subprocess.run(
            [os.environ.get("CC", "cc"), "-O2", "-shared", "-fPIC", "-o", library, f"-I{IMAGING}/include",
             *map(str, IMAGING.glob("*.c")), *shlex.split(packages), "-lm"], check=True)
        self.library = ctypes.CDLL(library)

    def read(self, data: bytes) -> tuple[tuple[int, int], bytes] | str:
        """Size and pixels, or why there are none."""
        if data.startswith(b"\x89PNG\r\n\x1a\n"):
            decode = self.library.img_decode_png
        elif data.startswith(b"\xff\xd8\xff"):
            decode = self.library.img_decode_jpeg
        elif data.startswith(b"RIFF") and data[8:12] == b"WEBP":
            decode = self.library.img_decode_webp
        else:
            return "is no picture"
        picture = Picture()
        if decode(data, ctypes.c_size_t(len(data)), ctypes.c_size_t(PIXELS), 1, ctypes.byref(picture)):
            assert picture.error, "refused without a reason"
            return picture.error.decode()
        size = (picture.width, picture.height)
        pixels = ctypes.string_at(picture.pixels, size[0] * size[1] * 3)
        self.library.img_free(ctypes.byref(picture))
        return size, pixels


WRONG = "READ OTHERWISE"


def pillow(data: bytes) -> tuple[tuple[int, int], bytes] | str:
    try:
        with Image.open(io.BytesIO(data), formats=["PNG", "JPEG", "WEBP"]) as image:
            if image.width * image.height > PIXELS:
                return "too large"
            rgb = image.convert("RGB")
            return rgb.size, rgb.tobytes()
    except Exception as error:  # whatever it is, the picture is refused
        return f"{type(error).__name__}: {error}".split("<")[0]


def png_chunks(data: bytes) -> list[tuple[bytes, bytes]]:
    chunks, place = [], 8
    while place + 12 <= len(data):
        (length,) = struct.unpack(">I", data[place:place + 4])
        chunks.append((data[place + 4:place + 8], data[place + 8:place + 8 + length]))
        place += 12 + length
    return chunks


def png(chunks: list[tuple[bytes, bytes]]) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in chunks)


def riff_chunks(data: bytes) -> list[tuple[bytes, bytes]]:
    chunks, place = [], 12
    while place + 8 <= len(data):
        (length,) = struct.unpack("<I", data[place + 4:place + 8])
        chunks.append((data[place:place + 4], data[place + 8:place + 8 + length]))
        place += 8 + length + length % 2
    return chunks


def riff(chunks: list[tuple[bytes, bytes]]) -> bytes:
    body = b"WEBP" + b"".join(
        name + struct.pack("<I", len(part)) + part + b"\0" * (len(part) % 2) for name, part in chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def jpeg_chunks(data: bytes) -> list[bytes]:
    """The segments of a JPEG, the last of which is all from its first scan on."""
    segments, place = [data[:2]], 2
    while data[place + 1] != 0xDA:
        end = place + 2 + int.from_bytes(data[place + 2:place + 4], "big")
        segments.append(data[place:end])
        place = end
    return segments + [data[place:]]


def altered(body: bytes, dice: random.Random) -> bytes:
    """A few bytes other than they were."""
    body = bytearray(body)
    for _ in range(dice.choice([1, 1, 2, 8])):
        if body:
            place = dice.randrange(len(body))
            body[place] = dice.choice([body[place] ^ 1 << dice.randrange(8), dice.randrange(256), 0, 255])
    return bytes(body)


def bytes_altered(data: bytes, dice: random.Random) -> bytes:
    return altered(data, dice)


def cut(data: bytes, dice: random.Random) -> bytes:
    return data[:dice.choice([dice.randrange(len(data)), max(0, len(data) - dice.randrange(1, 40))])]


def moved(data: bytes, dice: random.Random) -> bytes:
    """Bytes left out, said twice, or put in."""
    place, count = dice.randrange(len(data)), dice.randrange(1, 9)
    return dice.choice([data[:place] + data[place + count:], data[:place + count] + data[place:],
                        data[:place] + dice.randbytes(count) + data[place:], data + dice.randbytes(count)])


def parts_altered(data: bytes, dice: random.Random) -> bytes:
    """A part of the file altered where its checksum and its length are right, or parts in another order."""
    if data[0] == 0xFF:
        parts = jpeg_chunks(data)
    else:
        parts = png_chunks(data) if data[0] == 0x89 else riff_chunks(data)
    place = dice.randrange(len(parts))
    kind = dice.randrange(6)
    if kind == 0:
        del parts[place]
    elif kind == 1:
        parts.insert(dice.randrange(len(parts)), parts[place])
    elif kind == 2:
        other = dice.randrange(len(parts))
        parts[place], parts[other] = parts[other], parts[place]
    elif data[0] == 0xFF:
        parts[place] = altered(parts[place], dice)
    else:
        name, body = parts[place]
        parts[place] = name, altered(body, dice) if kind < 5 else cut(body + b"\0", dice)
    return b"".join(parts) if data[0] == 0xFF else png(parts) if data[0] == 0x89 else riff(parts)


def checksum_altered(data: bytes, dice: random.Random) -> bytes:
    """A checksum that is wrong, of a chunk or of the compressed pixels; JPEG has none."""
    if data[0] != 0x89:
        return bytes_altered(data, dice)
    chunks = png_chunks(data)
    place = dice.randrange(len(chunks))
    if dice.random() < 0.5:
        end = len(png(chunks[:place + 1]))
        return data[:end - 4] + altered(data[end - 4:end], dice) + data[end:]
    pixels = [number for number, (name, _) in enumerate(chunks) if name == b"IDAT"][-1]
    name, body = chunks[pixels]
    chunks[pixels] = name, body[:-4] + altered(body[-4:], dice)
    return png(chunks)


def pixels_missing(data: bytes, dice: random.Random) -> bytes:
    """Fewer or more rows than the header says, or filters that there are not, compressed as they have to be."""
    if data[0] != 0x89:
        return cut(data, dice)
    chunks = png_chunks(data)
    raw = zlib.decompress(b"".join(body for name, body in chunks if name == b"IDAT"))
    raw = dice.choice([cut(raw, dice), altered(raw, dice), raw + dice.randbytes(dice.randrange(1, 300))])
    packed = zlib.compress(raw, dice.randrange(10))
    half = dice.randrange(len(packed))
    rest = [chunk for chunk in chunks if chunk[0] != b"IDAT"]
    return png(rest[:-1] + [(b"IDAT", packed[:half]), (b"IDAT", packed[half:])] + rest[-1:])


WAYS = [bytes_altered, cut, moved, parts_altered, parts_altered, checksum_altered, pixels_missing]


def originals() -> dict[str, bytes]:
    """The fixtures, and some that are larger."""
    files = {file.name: file.read_bytes() for file in sorted((ROOT / "Tests/Fixtures/images").iterdir())
             if file.suffix in (".png", ".jpg", ".webp")}
    with Image.open(ROOT / "Tests/Fixtures/images/rgb.png") as small:
        large = small.convert("RGB").resize((200, 150), Image.Resampling.BICUBIC)
    for name, kind, options in [
            ("large.png", "PNG", {}), ("large-exif.png", "PNG", {"exif": b"Exif\0\0II*\0\x08\0\0\0\0\0\0\0\0\0"}),
            ("large.jpg", "JPEG", {"quality": 90}), ("restart.jpg", "JPEG", {"restart_marker_rows": 1}),
            ("large-progressive.jpg", "JPEG", {"progressive": True, "optimize": True}),
            ("large.webp", "WEBP", {"quality": 70}), ("large-lossless.webp", "WEBP", {"lossless": True})]:
        stream = io.BytesIO()
        large.save(stream, kind, **options)
        files[name] = stream.getvalue()
    return files


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 3000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    warnings.simplefilter("ignore")
    dice = random.Random(seed)
    verdicts, found = Counter(), Counter()
    keep = Path(os.environ["KEEP"]) if "KEEP" in os.environ else None
    with tempfile.TemporaryDirectory() as folder:
        decoders = Decoders(folder)
        files = originals()
        for name, data in files.items():
            assert decoders.read(data) == pillow(data), f"{name}: read otherwise, though nothing is damaged"
        for number in range(count):
            name = dice.choice(list(files))
            way = dice.choice(WAYS)
            mutant = way(files[name], dice)
            ours, theirs = decoders.read(mutant), pillow(mutant)
            kind = name.rsplit(".")[-1]
            if isinstance(ours, str) and isinstance(theirs, str):
                verdict = "refused by both"
            elif isinstance(theirs, str):
                verdict = "borne, though Pillow refuses it" if (kind, theirs) in BORNE else WRONG
                found[f"{kind}: {verdict}: {theirs}"] += 1
            elif isinstance(ours, str):
                verdict = "refused, though Pillow reads it"
                found[f"{kind}: {verdict}: {ours}"] += 1
            elif ours == theirs:
                verdict = "the same pixels"
            else:
                most = max((abs(a - b) for a, b in zip(ours[1], theirs[1])), default=255)
                near = kind == "jpg" and ours[0] == theirs[0] and most <= SMOOTHED
                verdict = "pixels a few levels off" if near else WRONG
                found[f"{kind}: {verdict}: {most} of 255"] += 1
            verdicts[kind, verdict] += 1
            if keep and verdict not in ("refused by both", "the same pixels"):
                keep.mkdir(exist_ok=True)
                (keep / f"{verdict.split()[0]}-{number}-{way.__name__}-{name}").write_bytes(mutant)
    for (kind, verdict), times in sorted(verdicts.items()):
        print(f"{kind:5}{verdict:34}{times:6}")
    for line, times in sorted(found.items()):
        print(f"{times:6}  {line}")
    sys.exit(any(verdict == WRONG for _, verdict in verdicts))


if __name__ == "__main__":
    main()
