"""Writes sentences.txt, one sentence a line, from texts in Debian packages.

Run as: corpus.py ROOT, where ROOT holds the unpacked packages sword-text-web, sword-text-sparv,
fortunes-zh and unicode-cldr-core (`dpkg-deb -x PACKAGE.deb ROOT` for each). README.md says what is
taken from each, and on what terms.
"""

import html
import re
import struct
import sys
import unicodedata
import zlib
from pathlib import Path

ROOT = Path(sys.argv[1]) / "usr/share"


def verses(module):
    """The verses of a compressed SWORD text: blocks of books, and an index of verses into them."""
    for testament in ("ot", "nt"):
        folder = ROOT / "sword/modules/texts/ztext" / module
        blocks = (folder / f"{testament}.bzs").read_bytes()
        index = (folder / f"{testament}.bzv").read_bytes()
        data = (folder / f"{testament}.bzz").read_bytes()
        books = []
        for at in range(0, len(blocks), 12):
            start, size, _ = struct.unpack_from("<III", blocks, at)
            books.append(zlib.decompress(data[start : start + size]) if size else b"")
        for at in range(0, len(index), 10):
            block, start, size = struct.unpack_from("<IIH", index, at)
            text = books[block][start : start + size].decode()
            text = re.sub(r"<(note|title)\b.*?</\1>", " ", text, flags=re.S)
            text = html.unescape(re.sub(r"<[^>]*>", " ", text))
            text = re.sub(r"\s+", " ", text).strip()
            yield re.sub(r" (?=[,.;:!?)’”])|(?<=[(“‘¿¡]) ", "", text)


def poems(name):
    """The lines of a file of Chinese poems, without the colours of the terminal."""
    text = (ROOT / "games/fortunes" / name).read_text(encoding="utf-8")
    text = re.sub(r"\x1b\[[0-9;]*m", "", text)
    for line in text.splitlines():
        line = line.strip()
        if re.search("[，。？！]", line):
            yield line


def emoji_names(language):
    """What the signs and emoji of CLDR are called in a language, with the sign in front."""
    text = (ROOT / f"unicode/cldr/common/annotations/{language}.xml").read_text(encoding="utf-8")
    for sign, name in re.findall(r'cp="([^"]+)" type="tts"[^>]*>([^<]+)<', text):
        if name != "↑↑↑":
            yield f"{html.unescape(sign)} {html.unescape(name)}"


def spread(lines, count):
    """About `count` of the lines, spread evenly."""
    lines = list(lines)
    step = max(1, len(lines) / count)
    return [lines[int(index * step)] for index in range(min(count, len(lines)))]


def assigned_long_ago(line):
    # The normalizer of the tokenizers library knows Unicode 11, which is older than Python's tables.
    return all(unicodedata.category(character) != "Cn" for character in line)


def main():
    sentences = []
    short = range(20, 140)
    sentences += spread((v for v in verses("engWEB2015eb") if len(v) in short), 5600)
    sentences += spread((v for v in verses("spaRV1909eb") if len(v) in short), 2400)
    sentences += spread(poems("tang300"), 1400)
    sentences += spread(poems("song100"), 600)
    folder = ROOT / "unicode/cldr/common/annotations"
    for path in sorted(folder.glob("*.xml")):
        if len(path.stem) <= 3 and path.stem != "en":
            sentences += spread(emoji_names(path.stem), 16)
    sentences = [line for line in sentences if assigned_long_ago(line)]
    text = "".join(line + "\n" for line in sentences)
    Path(__file__).with_name("sentences.txt").write_text(text, encoding="utf-8", newline="")
    print(len(sentences), "sentences,", len(text.encode()), "bytes")


main()
