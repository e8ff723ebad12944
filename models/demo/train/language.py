"""What people in the picture-book world say: captions, knowledge, and rasters of words."""

import numpy as np

import world

PLURAL = {"sheep": "sheep", "flowers": "flowers"}
NUMBERS = {2: "two", 3: "three", 4: "four"}
GROUNDS = {"grass": ["the grass", "a green meadow", "the meadow"], "sea": ["the sea", "the water", "the blue sea"], "snow": ["the snow", "the white snow", "deep snow"]}
SKIES = {"day": ["a blue sky", "the sky", "a clear sky"], "evening": ["an evening sky", "a purple sky", "a sky at sunset"], "night": ["a dark sky", "the night sky", "a sky with stars"]}
VERBS = {"house": ["stands", "is built"], "tree": ["grows", "stands"], "sheep": ["stands", "eats", "waits"], "flowers": ["grow", "bloom"], "fence": ["stands", "runs along"], "boat": ["sails", "floats"], "sun": ["shines"], "moon": ["shines"], "cloud": ["floats"], "mountain": ["rises"], "road": ["leads on"], "sand": ["lies"]}
SIDES = {"left": ["on the left", "at the left side"], "right": ["on the right", "at the right side"], "middle": ["in the middle", "in the centre"]}

# Words by which a patch may rightly be called; used to score readings, not to train.
ACCEPTED = {
    "sky": ["sky", "skies", "stars", "star"], "cloud": ["cloud", "clouds"], "sun": ["sun"], "moon": ["moon"],
    "mountain": ["mountain", "mountains", "rock", "rocks"], "snow": ["snow", "snowy"], "sea": ["sea", "water", "waves", "wave"],
    "sand": ["sand", "beach"], "grass": ["grass", "meadow"], "flowers": ["flowers", "flower"], "tree": ["tree", "trees", "leaves"],
    "trunk": ["trunk", "tree", "trees", "wood"], "house": ["house", "houses", "wall", "walls", "bricks"], "roof": ["roof", "roofs", "tiles"],
    "window": ["window", "windows", "house"], "door": ["door", "doors", "house"], "boat": ["boat", "boats"],
    "sail": ["sail", "sails", "boat", "boats"], "sheep": ["sheep", "wool"], "fence": ["fence", "fences"], "road": ["road", "path"],
}

KNOWLEDGE = [
    "the roof keeps the rain off the {house}", "a {house} has walls of bricks, a roof, a door and windows", "you open the door of the {house}",
    "light falls through the window of a {house}", "tiles lie on the roof of the {house}", "the wall of a {house} is made of bricks",
    "leaves hang on the {tree}", "the trunk of a {tree} is brown wood", "a {tree} grows from the ground to the sky", "birds sit in the {tree}",
    "wool grows on {sheep}", "sheep eat grass on the meadow", "a sheep has wool and four legs", "a sheep stands near the fence",
    "the wind fills the {sail} of the boat", "a {boat} floats on the water of the sea", "waves roll over the sea to the sand",
    "sand lies on the beach by the sea", "the sea is blue and full of waves", "a sail is a cloth on a boat",
    "snow lies on top of the mountain", "a mountain is made of rock", "snow is white and cold", "in winter snow covers the ground",
    "the sun shines in the sky by day", "the moon shines in the sky by night", "stars stand in the sky at night", "clouds float in the sky",
    "a cloud brings rain", "the sky is blue by day and dark at night", "the evening sky is purple and orange",
    "{flowers} grow in the grass", "bees fly to the {flowers}", "a flower opens in the sun", "grass is green and soft",
    "the fence keeps the sheep in", "a fence is made of wood", "the road leads to the house", "people walk along the road", "a path of sand is a road",
]


def colored(rng, noun, color, article=True):
    """A noun with its colour before or after it, so that either can be what comes next."""
    if color is None:
        return f"a {noun}" if article else noun
    if rng.random() < 0.65:
        an = "an" if color[0] in "aeiou" else "a"
        return f"{an} {color} {noun}" if article else f"{color} {noun}"
    return f"a {noun} that is {color}" if article else f"{noun} that are {color}"


def phrase(rng, thing, plain=False):
    if thing.name in ("sun", "moon"):
        return f"the {thing.name}"
    if thing.name in ("sand", "snow"):
        return thing.name
    if thing.name == "flowers":
        text = colored(rng, "flowers", thing.color, article=False)
    elif thing.count > 1:
        plural = PLURAL.get(thing.name, thing.name + "s")
        text = f"{NUMBERS[thing.count]} {plural}"
    else:
        text = colored(rng, thing.name, thing.color)
    if not plain and thing.place and rng.random() < 0.25:
        text += " " + rng.choice(SIDES[thing.place])
    return text


def join(parts):
    return parts[0] if len(parts) == 1 else ", ".join(parts[:-1]) + " and " + parts[-1]


def merged(things):
    """Things of one kind together: two trees instead of a tree and a tree."""
    groups = {}
    for thing in things:
        groups.setdefault((thing.name, thing.color), []).append(thing)
    return [group[0] if len(group) == 1 else world.Thing(name, color, len(group)) for (name, color), group in groups.items()]


def caption(rng, time, ground, things):
    sky, floor = rng.choice(SKIES[time]), rng.choice(GROUNDS[ground])
    things = merged(things)
    order = [things[i] for i in rng.permutation(len(things))]
    above = [t for t in order if t.name in ("sun", "moon", "cloud", "mountain")]
    below = [t for t in order if t not in above]
    style = rng.integers(0, 6)
    if not order:
        return f"{floor} under {sky}."
    if style == 0 and below:
        return f"{join([phrase(rng, t) for t in below])} {'on' if ground != 'grass' else rng.choice(['on', 'in'])} {floor} under {sky}" + (f" with {join([phrase(rng, t, True) for t in above])}." if above else ".")
    if style == 1 and below:
        return f"under {sky}{' with ' + join([phrase(rng, t, True) for t in above]) if above else ''}, {join([phrase(rng, t) for t in below])} on {floor}."
    if style == 2:
        first, rest = order[0], order[1:]
        verb = rng.choice(VERBS.get(first.name, ["is here"]))
        if first.count > 1:
            verb = verb.rstrip("s") if verb != "is built" else "are built"
        where = f"in {sky}" if first in above else f"on {floor}"
        return f"{phrase(rng, first, True)} {verb} {where}" + (f", with {join([phrase(rng, t) for t in rest])}." if rest else f" under {sky}." if first in below else f" over {floor}.")
    if style == 3:
        return f"{floor} and {sky}, with {join([phrase(rng, t) for t in order])}."
    if style == 4:
        return "a picture of " + join([phrase(rng, t) for t in order[:4]]) + f" on {floor}."
    return join([phrase(rng, t) for t in order]) + f", {floor}, {sky}."


def knowledge(rng):
    text = str(rng.choice(KNOWLEDGE))
    for noun in ("house", "tree", "sail", "boat", "flowers", "sheep"):
        if "{" + noun + "}" in text:
            color = str(rng.choice(list(world.COLORS)))
            text = text.replace("{" + noun + "}", f"{color} {noun}" if rng.random() < 0.4 and noun != "sheep" else noun)
    return text + "."


def raster(rng, shares, things):
    """The picture as a reading list: for every cell the word of what covers most of it."""
    colors = {t.name: t.color for t in things if t.color}
    words = []
    for cell in shares.reshape(-1, shares.shape[-1]):
        # Cells that show two things are read as either, in proportion.
        label = world.LABELS[rng.choice(len(cell), p=cell / cell.sum())] if rng.random() < 0.3 else world.LABELS[int(cell.argmax())]
        words.append(colors[label] if label in colors and rng.random() < 0.15 else label)
    return "".join(" " + word for word in words)


def documents(facts, shares, seed, per_scene):
    """Text documents and reading lists of the training scenes."""
    rng = np.random.default_rng(seed)
    texts, lists = [], []
    for (time, ground, things), share in zip(facts, shares):
        for _ in range(per_scene):
            pieces = [caption(rng, time, ground, things)]
            if rng.random() < 0.5:
                pieces.append(knowledge(rng))
            texts.append(" ".join(pieces[i] for i in rng.permutation(len(pieces))))
        lists.append(f"<im_start>{raster(rng, share, things)}<im_end> {caption(rng, time, ground, things)}")
    return texts, lists
