"""Gathers what fuzzing begins with: for each reader sound files to change, and words to put into them.

usage: seeds.py FOLDER, which gets READER/FILE and READER.dict
"""

import json
import pathlib
import shutil
import sys

TESTS = pathlib.Path(__file__).resolve().parent.parent
FIXTURES = TESTS / "Fixtures"
DEMO = TESTS.parent / "models" / "demo"

FILES = {
    "safetensors": sorted(FIXTURES.glob("parity/*/inputs.safetensors"))[:8]
    + [FIXTURES / "torch/plain.safetensors", FIXTURES / "torch/module.safetensors"],
    "shards": list(FIXTURES.glob("parity/llama-sharded-bf16/*.index.json")),
    "gguf": [FIXTURES / f"gguf/{name}.gguf" for name in ("metadata", "tokenizer", "tokenizer-llama", "types")]
    + sorted(FIXTURES.glob("gguf/sound/*.gguf")) + sorted(FIXTURES.glob("gguf/refused/*.gguf")),
    "torch": sorted(FIXTURES.glob("torch/*.pt")),
    "json": [DEMO / "run.json", DEMO / "preprocessor_config.json", *FIXTURES.glob("parity/*/meta.json")],
    "tokenizer": [],
    "processor": sorted(FIXTURES.glob("parity/*/preprocessor_config.json")),
    "configuration": sorted(FIXTURES.glob("parity/*/config.json")),
    "model": sorted(FIXTURES.glob("parity/*/model.json")) + [DEMO / "model.json"],
    "run": [DEMO / "run.json", *TESTS.parent.glob("models/real/run*.json")],
    "png": sorted(FIXTURES.glob("images/*.png")),
    "jpeg": sorted(FIXTURES.glob("images/*.jpg")),
    "webp": sorted(FIXTURES.glob("images/*.webp")),
    "results": [TESTS / "Fuzz/Made/results.json"],
    "parted": [TESTS / "Fuzz/Made/parted/results.json"],
    "part": list(TESTS.glob("Fuzz/Made/parted/*/0.safetensors")),
    "request": [],
    "truth": [TESTS / "Fuzz/Made/0.truth.json"],
    "corpus": [],
    "index": [],
    "rows": [],
}

# The token that the server of the reader has.
TOKEN = 4 * "0123456789abcdef"

WORDS = {
    "png": ["\\x89PNG\\x0d\\x0a\\x1a\\x0a", "IHDR", "PLTE", "IDAT", "IEND", "tRNS", "eXIf", "iCCP", "Exif\\x00\\x00"],
    "jpeg": [f"\\xff\\x{marker:02x}" for marker in (0xC0, 0xC2, 0xC4, 0xD8, 0xD9, 0xDA, 0xDB, 0xDD, 0xE1, 0xEE)]
    + ["Exif\\x00\\x00", "Adobe", "II*\\x00", "MM\\x00*"],
    "webp": ["RIFF", "WEBP", "VP8 ", "VP8L", "VP8X", "ALPH", "ANIM", "ANMF", "EXIF", "ICCP"],
    "gguf": ["GGUF", "general.architecture", "general.alignment", "llama", "split.count", "split.no",
             "tokenizer.ggml.model", "tokenizer.ggml.tokens", "tokenizer.ggml.merges", "\\xff\\xff\\xff\\xff"],
    "torch": ["PK\\x01\\x02", "PK\\x03\\x04", "PK\\x05\\x06", "PK\\x06\\x06", "PK\\x06\\x07", "data.pkl", "storage",
              "ctorch\\x0aFloatStorage\\x0a", "ccollections\\x0aOrderedDict\\x0a",
              "ctorch._utils\\x0a_rebuild_tensor_v2\\x0a", "\\x80\\x02", "(", "t", "R", "Q", "}", "u", "s", "b", "."],
    "request": ["GET", "HEAD", "POST", "127.0.0.1:8000", "localhost:8000", "127.0.0.1", TOKEN, "/" + TOKEN + "/", "report.html",
                "parts-0123456789ab", "/0.safetensors", "..", "%2e", "\\x00", "\\x0a", "//"],
    "rows": ["token_id", "position", "sentence", "corpus_utf8", "corpus_offsets", "row", "I32", "I64", "U8"],
    "corpus": ["\\x22", "\\x22\\x22", ",", "\\x0d\\x0a", "text", "\\xc2\\x85", "\\xe2\\x80\\xa8"],
}
NUMBERS = ["0", "-1", "1", "4096", "1048576", "9223372036854775807", "-9223372036854775808",
           "18446744073709551616", "1e308", "1e-320", "NaN", "Infinity", "null", "true", "[]", "{}", "[[]]"]

# Pieces of what the tokenizer knows, in the smallest file that has them.
TOKENIZERS = [
    {"normalizer": {"type": "Sequence", "normalizers": [
        {"type": "Prepend", "prepend": "▁"}, {"type": "Replace", "pattern": {"String": " "}, "content": "▁"},
        {"type": "NFKC"}, {"type": "Lowercase"}, {"type": "StripAccents"},
        {"type": "Strip", "strip_left": True, "strip_right": True}]},
     "pre_tokenizer": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first", "split": True},
     "post_processor": {"type": "TemplateProcessing", "special_tokens": {"<s>": {"ids": [1]}},
                        "single": [{"SpecialToken": {"id": "<s>"}}, {"Sequence": {"id": "A"}}]},
     "decoder": {"type": "Sequence", "decoders": [
         {"type": "Replace", "pattern": {"String": "▁"}, "content": " "}, {"type": "ByteFallback"},
         {"type": "Fuse"}, {"type": "Strip", "content": " ", "start": 1, "stop": 0}]},
     "added_tokens": [{"id": 1, "content": "<s>", "special": True, "normalized": False, "lstrip": True}]},
    {"normalizer": {"type": "NFC"},
     "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
         {"type": "Split", "pattern": {"Regex": "\\p{N}{1,3}| ?\\p{L}+|\\s+(?!\\S)"}, "behavior": "Isolated",
          "invert": False},
         {"type": "Digits", "individual_digits": True}, {"type": "Punctuation"}, {"type": "WhitespaceSplit"},
         {"type": "ByteLevel", "add_prefix_space": False, "use_regex": True}]},
     "post_processor": {"type": "RobertaProcessing", "sep": ["</s>", 2], "cls": ["<s>", 1]},
     "decoder": {"type": "ByteLevel"}, "added_tokens": []},
]
MODEL = {"type": "BPE", "unk_token": "<u>", "byte_fallback": True, "fuse_unk": True, "ignore_merges": False,
         "vocab": {piece: number for number, piece in enumerate(
             ["<u>", "<s>", "</s>", "a", "b", "r", "e", "d", "▁", "re", "red", "<0x0A>", "Ġ", "o", "t", "▁a"])},
         "merges": [["r", "e"], ["re", "d"], "▁ a"]}


def words_of(value):
    """The keys and the texts of a JSON document."""
    if isinstance(value, dict):
        for key, member in value.items():
            yield key
            yield from words_of(member)
    elif isinstance(value, list):
        for element in value:
            yield from words_of(element)
    elif isinstance(value, str):
        yield value


def quoted(word):
    return "".join(chr(b) if 0x20 <= b < 0x7F and b not in b'"\\' else f"\\x{b:02x}" for b in word.encode())


def main(folder):
    for reader, files in FILES.items():
        seeds = folder / reader
        seeds.mkdir(parents=True, exist_ok=True)
        for number, file in enumerate(files):
            if file.stat().st_size < 1 << 16:
                shutil.copyfile(file, seeds / f"{number:02}-{file.name}")
    for number, tokenizer in enumerate(TOKENIZERS):
        text = json.dumps({"version": "1.0", **tokenizer, "model": MODEL}, ensure_ascii=False)
        (folder / "tokenizer" / f"{number}.json").write_text(text, "utf-8")
    (folder / "corpus" / "0.csv").write_text('text,id\n"a ""red"" boat, at sea",1\r\nthe moon,2\n', "utf-8")
    (folder / "corpus" / "1.txt").write_text("a red boat\n\n  naïve ☃ \u2028b\n", "utf-8")
    for number, asked in enumerate(["report.html", "parts-0123456789ab/0.safetensors", "../report.html", ""]):
        (folder / "request" / str(number)).write_text(f"GET\n127.0.0.1:8000\n/{TOKEN}/{asked}")
    (folder / "model" / "parts.json").write_text(json.dumps({
        "name": "x", "prompt": "<image>", "orientation": "exif", "preprocessing": {}, "positions": "raster",
        "encoder": {"weights": "${HOME}/e", "layers": [-2], "keeps_prefix": True, "final_norm": False},
        "connector": {"weights": "c", "placeholder": 3, "combination": "add", "prefix": "p."},
        "decoder": {"adapter": "llama", "weights": "hf:a/b", "configuration": {"rope_theta": 1.5}}}))
    for reader in FILES:
        texts = set()
        for file in sorted((folder / reader).iterdir()):
            try:
                texts.update(words_of(json.loads(file.read_text("utf-8"))))
            except ValueError:
                pass
        if reader == "part":
            texts.update(words_of(json.loads((TESTS / "Fuzz/Made/parted/results.json").read_text("utf-8"))))
        words = [f'\\x22{quoted(text)}\\x22' for text in sorted(texts) if 0 < len(text) < 40]
        words += NUMBERS if texts or reader in ("json", "index", "safetensors") else []
        words += WORDS.get(reader, [])
        lines = "".join(f'"{word}"\n' for word in words if len(word) < 200)
        (folder / f"{reader}.dict").write_text(lines, "ascii")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
