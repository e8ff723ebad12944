"""Makes results by hand, small ones: whole in results.json, and the same in parts in parted/.

usage: make.py   writes beside itself
"""

import hashlib
import json
import pathlib
import struct
import zlib

HERE = pathlib.Path(__file__).resolve().parent
PARTED = HERE / "parted"


def png(width, height):
    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    rows = b"".join(b"\0" + bytes((40 * x, 60 * y, 90)[c] for x in range(width) for c in range(3)) for y in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


PICTURE = png(4, 4)
DIGEST = hashlib.sha256(PICTURE).hexdigest()
ENTRIES = {"token": ["cat", " dog"], "token_id": [5, 6], "word": ["cat", "dog"], "contextual_layer": [3, None],
           "sentence": [0, None], "position": [1, None], "span": [[2, 5], None]}
SENTENCES = ["a cat"]
TOKENS = {"view": [0, 0], "row": [0, 0], "column": [0, 1],
          "polygon": [[0, 0, 2, 0, 2, 4, 0, 4], [2, 0, 4, 0, 4, 4, 2, 4]], "text": [None, None]}
LENSES = [("latent", "LatentLens", "similarity"), ("logit", "LogitLens", "logit")]
LAYERS = [0, 2]
# Two neighbours of the first token, one of the second.
NUMBERS = {"entry": [[0, 1], [1, -1]], "similarity": [[0.75, 0.5], [0.25, 0]], "logit": [[7, 6.5], [3, 0]],
           "probability": [[0.5, 0.25], [0.125, 0]], "elsewhere": [0.25, 0.125], "norm": [2, 3.5]}


def columns(score):
    return ["entry", score] + (["probability"] if score == "logit" else []) + ["elsewhere", "norm"]


def reading(lens, score, layer):
    def told(name):
        if name in ("elsewhere", "norm"):
            return NUMBERS[name]
        return [[value for value, entry in zip(row, entries) if entry >= 0]
                for row, entries in zip(NUMBERS[name], NUMBERS["entry"])]

    return {"lens": lens, "layer": layer, **{name: told(name) for name in columns(score)}}


READINGS = [(lens, score, layer) for lens, _, score in LENSES for layer in LAYERS]


def part():
    """A safetensors file, its header filled up to eight bytes."""
    tensors, content = {}, b""
    for lens, score, layer in READINGS:
        for name in columns(score):
            values = NUMBERS[name]
            flat = [v for row in values for v in row] if isinstance(values[0], list) else values
            kind, letter = ("I32", "i") if name == "entry" else ("F32", "f")
            stored = struct.pack(f"<{len(flat)}{letter}", *flat)
            shape = [2, 2] if isinstance(values[0], list) else [2]
            tensors[f"{lens}.{layer}.{name}"] = {
                "dtype": kind, "shape": shape, "data_offsets": [len(content), len(content) + len(stored)]}
            content += stored
    about = {"tokens": TOKENS, "sentences": SENTENCES, "entries": ENTRIES,
             "readings": [{"lens": lens, "layer": layer} for lens, _, layer in READINGS]}
    head = json.dumps({"__metadata__": {"part": json.dumps(about)}, **tensors}).encode()
    head += b" " * (-len(head) % 8)
    return struct.pack("<Q", len(head)) + head + content


def picture():
    return {"name": "0.png", "path": "0.png", "width": 4, "height": 4, "sha256": DIGEST, "caption": "a cat", "said": 0,
            "orientation": "exif"}


def model(images, name="m", control=None):
    band = {"count": 2, "mean": 0.5, "deviation": 0.1, "ceiling": 0.6}
    return {
        "name": name, "control": control,
        "provenance": {"weights": "w", "tokenizer": None, "index": None, "prompt": None, "prompt_ids": [],
                       "adapters": {"decoder": "llama"}, "compute": "f32"},
        "blocks": 4, "hidden_size": 8, "layers": LAYERS,
        "lenses": [{"name": name, "title": title, "score": score} for name, title, score in LENSES],
        "contextual_layers": [3], "checks": [],
        "bands": [{"lens": lens, "layer": layer, "own": band, "noise": band, "elsewhere": None, "above_noise": 0.5}
                  for lens, _, layer in READINGS],
        "sentences": SENTENCES, "entries": ENTRIES, "images": images,
        "texts": [{"text": "a cat", "tokens": {"text": ["a", " cat"], "token_id": [4, 5], "word": ["a", "cat"],
                                              "span": [[0, 1], [2, 5]]},
                   "readings": [reading(lens, score, layer) for lens, score, layer in READINGS]}],
    }


def results(images, **members):
    control = {"of": "m", "kind": "noise"}
    return {"schema": "latentlens.results", **members, "tool": {"name": "latentlens", "version": "0.1.0"},
            "run": {"name": "made by hand", "models": ["m.json"], "lenses": ["latent", "logit"]},
            "models": [model(images), model(images, "m, noise", control)]}


def main():
    whole = {**picture(), "tokens": TOKENS,
             "readings": [reading(lens, score, layer) for lens, score, layer in READINGS]}
    (HERE / "results.json").write_text(json.dumps(results([whole], version=3)) + "\n")
    stored = part()
    folder = PARTED / "parts-0123456789ab"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "0.safetensors").write_bytes(stored)
    (folder / DIGEST).write_bytes(PICTURE)
    (PARTED / "report.html").write_text("<title>made by hand · LatentLens</title><script>0</script>\n")
    named = {"file": "0.safetensors", "bytes": len(stored), "sha256": hashlib.sha256(stored).hexdigest()}
    (PARTED / "results.json").write_text(
        json.dumps(results([{**picture(), "part": named}], version=4, parts=folder.name)) + "\n")


if __name__ == "__main__":
    main()
