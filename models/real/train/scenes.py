"""Scenes of one to four things on varied grounds, every pixel's owner known, and captions for them.

Usage: python scenes.py LOOKS OUT [COUNT [SPLIT [SEED]]]     draws COUNT scenes as PNG, to be looked at

A scene is 224 pixels wide and high: 16 x 16 patches of 14. A split decides the looks: "train" and "seen" use the training looks, "crowd"
too, of as many of nine things as find room; "held" the emoji that are held out (of half of the things Noto Color Emoji's, of the other half
EmojiOne's), "noto" Noto's among them, "noto-seen" those of Noto's that are trained on, "art" the clip art and stamps that are held out.
Things stand apart (their boxes overlap by a tenth at most), mirrored half of the time, turned by up to 15 degrees; nothing else is done to
a held-out look.
"""

import sys
import zlib
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image

import disguise
import things

SIDE, PATCH = 224, 14
GRID = SIDE // PATCH
MOST, CROWD = 4, 9
DISGUISED = ("train", "any", "crowd")  # splits whose looks are shown in other guises

COLOURS = {
    "red": (200, 40, 40), "orange": (240, 150, 50), "yellow": (245, 220, 80), "green": (70, 160, 80), "blue": (60, 110, 200),
    "purple": (130, 70, 170), "pink": (245, 170, 195), "brown": (130, 90, 60), "black": (25, 25, 28), "white": (245, 245, 243),
    "gray": (140, 142, 145),
}
LANDSCAPES = {
    # what is above, what is below, the words for them, what the place is called
    "meadow": ((150, 200, 240), (95, 165, 70), ["sky", "blue"], ["grass", "meadow", "field", "lawn", "green"], ["on the grass", "in a meadow", "on green grass under a blue sky"]),
    "sea": ((190, 220, 240), (40, 100, 170), ["sky", "blue"], ["sea", "ocean", "water", "waves", "blue"], ["on the sea", "on blue water", "in front of the ocean"]),
    "desert": ((240, 205, 150), (215, 170, 95), ["sky", "orange"], ["sand", "desert", "dune", "beach", "yellow"], ["in the desert", "on the sand", "on yellow sand"]),
    "snow": ((200, 215, 230), (240, 245, 250), ["sky", "gray"], ["snow", "ice", "winter", "white"], ["in the snow", "on white snow", "in winter"]),
    "night": ((20, 25, 60), (35, 50, 40), ["sky", "night", "stars", "star", "dark"], ["ground", "hill", "dark", "field"], ["at night", "under the stars", "under a dark sky"]),
}


@dataclass
class Scene:
    picture: Image.Image
    owner: np.ndarray                      # 224 x 224: 0.. are things in order of `placed`, 100 and up are `regions`
    placed: list[tuple[str, str]]          # noun, look
    regions: list[list[str]]               # words of what the ground shows
    ground: list[str]                      # how a caption may say it
    cover: np.ndarray = field(default=None)  # things x 16 x 16, 0 to 255

    def told(self, wardrobe):
        numbers = {thing.noun: i for i, thing in enumerate(wardrobe.things)}
        return told(wardrobe, tokens(self.cover), [numbers[noun] for noun, _ in self.placed], self.ground[0])


class Wardrobe:
    """All looks in memory, by split."""

    def __init__(self, folder):
        self.things = things.read()
        self.named = {thing.noun: thing for thing in self.things}
        self.looks = {"train": {}, "held": {}, "noto": {}, "art": {}}
        for thing in self.things:
            kept, prints = [], []
            for path in sorted((Path(folder) / thing.noun.replace(" ", "_")).glob("*.png"), key=lambda path: (path.stem.startswith(things.OLDER), path)):
                picture = Image.open(path).convert("RGBA")
                small = np.asarray(picture.resize((12, 12)), np.float32)
                # The collections share pictures: what was seen already must not come back under another name.
                if any(np.abs(small - other).mean() < 6 for other in prints):
                    continue
                prints.append(small)
                kept.append((path.stem, picture))
            emoji = {source: [look for look in kept if look[0].startswith(f"{source}-")] for source in things.EMOJI}
            art = [look for look in kept if look[0].startswith(("clip", "stamp"))]
            held_art = art[-1:] if len(art) > 1 else []
            # Both styles are trained on, and of every thing one is not: a look is held out, not a way of drawing.
            source = things.EMOJI[zlib.crc32(thing.noun.encode()) % 2]
            if not emoji[source]:
                source = next((other for other in things.EMOJI if emoji[other]), source)
            held = emoji[source]
            rest = [look for look in kept if not look[0].startswith(source) and look not in held_art]
            self.looks["held"][thing.noun] = held
            self.looks["noto"][thing.noun] = held if source == "noto" else []
            self.looks["art"][thing.noun] = held_art
            self.looks["train"][thing.noun] = rest
        drawn = lambda looks: [name for name, _ in looks if not name.startswith("symbola")]
        self.things = [thing for thing in self.things if drawn(self.looks["train"][thing.noun]) and self.looks["held"][thing.noun]]
        listed = Path(__file__).parent / "chosen.txt"
        self.chosen = set(listed.read_text().splitlines()) if listed.exists() else {thing.noun for thing in self.things}
        # "any" are training looks of all things, from which choose.py chooses; "seen" are training looks in scenes of those.
        self.looks["seen"] = self.looks["crowd"] = self.looks["any"] = self.looks["train"]
        self.looks["noto-seen"] = {noun: [look for look in looks if look[0].startswith("noto-")] for noun, looks in self.looks["train"].items()}
        self.nouns = {split: [thing.noun for thing in self.things if looks[thing.noun] and (split == "any" or thing.noun in self.chosen)]
                      for split, looks in self.looks.items()}

    def pick(self, rng, split, noun):
        looks = self.looks[split][noun]
        weights = np.array([0.5 if name.startswith("symbola") else 2.0 if name.startswith(things.COLOURED) else 1.0 for name, _ in looks])
        return looks[rng.choice(len(looks), p=weights / weights.sum())]


def shade(rng, colour, much=18):
    return np.clip(np.array(colour, np.float32) + rng.normal(0, much / 2, 3), 0, 255)


def ground(rng):
    """(picture as floats, map of regions, words of each region, phrases)."""
    names = list(COLOURS)
    y, x = np.mgrid[0:SIDE, 0:SIDE].astype(np.float32)
    kind = rng.choice(["plain", "gradient", "stripes", "checks", "spots", "rough", "bricks", "landscape"], p=[0.3, 0.1, 0.08, 0.06, 0.06, 0.12, 0.03, 0.25])
    region = np.zeros((SIDE, SIDE), np.uint8)
    first, second = rng.choice(names, 2, replace=False)
    a, b = shade(rng, COLOURS[first]), shade(rng, COLOURS[second])
    if kind == "landscape":
        name = rng.choice(list(LANDSCAPES))
        above, below, sky, earth, phrases = LANDSCAPES[name]
        horizon = SIDE * rng.uniform(0.3, 0.65) + rng.uniform(0, 8) * np.sin(x / rng.uniform(18, 50) + rng.uniform(0, 6)) * (name != "sea")
        low = y > horizon
        picture = np.where(low[..., None], shade(rng, below, 10), shade(rng, above, 10)).astype(np.float32)
        picture[~low] += ((y / SIDE) * 40)[~low][:, None] * (0.3 if name == "night" else 1)
        grain = rng.normal(0, 1, (SIDE, SIDE))
        if name == "sea":
            grain = np.sin(y * 0.9 + 2 * np.sin(x / 9)) * 1.2
        picture[low] += (grain * 9)[low][:, None]
        if name == "night":
            for _ in range(30):
                sy, sx = rng.integers(0, SIDE, 2)
                if not low[sy, sx]:
                    picture[max(sy - 1, 0):sy + 1, max(sx - 1, 0):sx + 1] = 240
        region[low] = 1
        return picture, region, [sky, earth], list(phrases)
    if kind == "plain":
        return np.broadcast_to(a, (SIDE, SIDE, 3)).astype(np.float32), region, [[first]], [f"on {first}", f"on a {first} ground", f"on a {first} background"]
    if kind == "rough":
        step = int(rng.choice([2, 4, 8, 28]))
        grain = Image.fromarray(rng.integers(0, 255, (SIDE // step, SIDE // step), np.uint8)).resize((SIDE, SIDE), Image.BICUBIC)
        picture = a + (np.asarray(grain, np.float32)[..., None] - 127) * rng.uniform(0.1, 0.35)
        return picture, region, [[first]], [f"on {first}", f"on a rough {first} ground", f"on a {first} background"]
    if kind == "bricks":
        shift = ((y // 16) % 2) * 16
        line = ((y % 16) < 2) | (((x + shift) % 32) < 2)
        picture = np.where(line[..., None], (205, 200, 190), shade(rng, (170, 75, 55))).astype(np.float32) + rng.normal(0, 5, (SIDE, SIDE, 1))
        return picture, region, [["brick", "wall", "red"]], ["on a brick wall", "in front of bricks", "on bricks"]
    if kind == "gradient":
        angle = rng.uniform(0, 2 * np.pi)
        t = np.clip(((x - SIDE / 2) * np.cos(angle) + (y - SIDE / 2) * np.sin(angle)) / SIDE + 0.5, 0, 1)
        region = (t > 0.5).astype(np.uint8)
    elif kind == "stripes":
        angle, width = rng.choice([0, np.pi / 2, np.pi / 4]), rng.uniform(8, 26)
        t = (((x * np.cos(angle) + y * np.sin(angle)) // width) % 2)
        region = t.astype(np.uint8)
    elif kind == "checks":
        width = rng.uniform(10, 28)
        t = ((x // width + y // width) % 2)
        region = t.astype(np.uint8)
    else:
        width, radius = rng.uniform(20, 40), rng.uniform(4, 9)
        t = ((((x % width) - width / 2) ** 2 + ((y % width) - width / 2) ** 2) < radius ** 2).astype(np.float32)
        region = t.astype(np.uint8)
    picture = a * (1 - t[..., None]) + b * t[..., None]
    said = {"gradient": f"{first} and {second}", "stripes": f"{first} and {second} stripes", "checks": f"{first} and {second} checks", "spots": f"{first} with {second} spots"}[kind]
    extra = {"gradient": [], "stripes": ["stripe", "stripes"], "checks": ["check", "checks"], "spots": ["spot", "spots"]}[kind]
    return picture, region, [[first, *extra], [second, *extra]], [f"on {said}", f"on a ground of {said}"]


def compose(rng, wardrobe, split, nouns=None):
    back, region, regions, phrases = ground(rng)
    sheet = Image.fromarray(np.clip(back, 0, 255).astype(np.uint8)).convert("RGBA")
    owner = region.astype(np.int16) + 100
    if nouns is None:
        count = rng.choice([1, 2, 3, 4], p=[0.15, 0.3, 0.3, 0.25])
        nouns = []
        while len(nouns) < count:
            noun = str(rng.choice(wardrobe.nouns[split]))
            nouns += [noun] * int(rng.choice([1, 2, 3], p=[0.85, 0.11, 0.04]))
        nouns = nouns[:MOST]
    if split == "crowd":
        nouns = [str(noun) for noun in rng.choice(wardrobe.nouns[split], CROWD, replace=False)]
    size = {1: (130, 210), 2: (96, 150), 3: (80, 122), 4: (72, 108)}.get(len(nouns), (62, 108))
    boxes, placed = [], []
    for noun in nouns:
        name, look = wardrobe.pick(rng, split, noun)
        if split in DISGUISED:
            if split == "crowd":
                look = look.copy(); look.thumbnail((144, 144))  # They are drawn small, and a smaller look is sooner disguised.
            look = disguise.disguised(rng, look)
        for attempt in range(60):
            side = rng.uniform(*size) * (1 - attempt / 150)
            if attempt % 20 == 0:
                turned = look
                if rng.random() < 0.5:
                    turned = turned.transpose(Image.FLIP_LEFT_RIGHT)
                if rng.random() < 0.6:
                    turned = turned.rotate(rng.uniform(-15, 15), Image.BICUBIC, expand=True)
            ratio = side / max(turned.size)
            w, h = max(8, int(turned.width * ratio)), max(8, int(turned.height * ratio))
            left, top = int(rng.integers(0, SIDE - w + 1)), int(rng.integers(0, SIDE - h + 1))
            if all(max(0, min(left + w, r) - max(left, l)) * max(0, min(top + h, b) - max(top, t)) < 0.1 * min(w * h, (r - l) * (b - t)) for l, t, r, b in boxes):
                break
        else:
            continue
        small = turned.resize((w, h), Image.LANCZOS)
        sheet.alpha_composite(small, (left, top))
        mask = np.asarray(small.getchannel("A")) > 100
        owner[top:top + h, left:left + w][mask] = len(placed)
        boxes.append((left, top, left + w, top + h))
        placed.append((noun, name))
    cover = np.stack([(owner == i).reshape(GRID, PATCH, GRID, PATCH).mean((1, 3)) for i in range(len(placed))]) * 255
    return Scene(sheet.convert("RGB"), owner, placed, regions, phrases, cover.astype(np.uint8))


NUMBERS = {2: "two", 3: "three", 4: "four"}


def article(noun):
    return ("an " if noun[0] in "aeiou" and not noun.startswith("uni") else "a ") + noun


PLURAL_ONLY = {"grapes", "fries", "scissors", "glasses", "sunglasses", "jeans", "headphones"}


def phrase(thing, count):
    if count > 1:
        return thing.noun if thing.noun in PLURAL_ONLY else f"{NUMBERS[count]} {thing.plural}"
    return thing.noun if thing.noun in PLURAL_ONLY else article(thing.noun)


def place(x, y):
    across = "left" if x < 0.38 else "right" if x > 0.62 else ""
    down = "top" if y < 0.38 else "bottom" if y > 0.62 else ""
    return f"on the {across}" if across else f"at the {down}" if down else "in the center"


def joined(parts):
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def told(wardrobe, share, nouns, ground):
    """What, how many and where, in the order of reading, and the ground. `share`: how much of 64 tokens each thing covers;
    `nouns`: the things' numbers."""
    y, x = (axis.ravel() for axis in np.mgrid[0:8, 0:8] + 0.5)
    seen = {}
    for part, noun in zip(share, nouns):
        if noun >= 0 and part.sum() >= 0.4:
            first = int(np.argmax(part >= min(0.5, part.max())))
            seen.setdefault(noun, []).append((first, (x * part).sum() / part.sum() / 8, (y * part).sum() / part.sum() / 8))
    said = []
    for noun, spots in sorted(seen.items(), key=lambda told: min(told[1])):
        where = {place(x, y) for _, x, y in spots}
        what = phrase(wardrobe.things[noun], len(spots))
        said.append(f"{what} {where.pop()}" if len(where) == 1 else what)
    return (f"{joined(said)}, {ground}" if said else f"nothing {ground}") + "."


def tokens(cover):
    """How much of each of 64 joined tokens every thing covers, from that of 16 x 16 patches, 0 to 255."""
    return cover.astype(np.float32).reshape(-1, 8, 2, 8, 2).mean((2, 4)).reshape(-1, 64) / 255


def main(looks, out, count=12, split="train", seed=1):
    wardrobe = Wardrobe(looks)
    print({split: len(nouns) for split, nouns in wardrobe.nouns.items()}, "things;", {split: sum(map(len, looks.values())) for split, looks in wardrobe.looks.items()}, "looks")
    rng = np.random.default_rng(int(seed))
    Path(out).mkdir(parents=True, exist_ok=True)
    sheet = Image.new("RGB", (6 * 228, (int(count) + 5) // 6 * 228), "white")
    for i in range(int(count)):
        scene = compose(rng, wardrobe, split)
        sheet.paste(scene.picture, (i % 6 * 228, i // 6 * 228))
        print(i, scene.told(wardrobe))
    sheet.save(Path(out) / f"{split}.png")


if __name__ == "__main__":
    main(*sys.argv[1:])
