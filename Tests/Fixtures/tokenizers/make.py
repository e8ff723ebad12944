"""Trains small tokenizers on sentences.txt and writes what the tokenizers library makes of texts.

Writes NAME/tokenizer.json and NAME/expected.json for each tokenizer, variants.json (parts of
tokenizers, one at a time) and hostile.json. Ids are compared through FNV-1a hashes, 64 bits, over
little-endian 32-bit words; 0xFFFFFFFF ends a text. Run as: make.py, in an environment with the
tokenizers library; expected.json names its version.
"""

import json
import random
import unicodedata
from collections import Counter
from pathlib import Path

import tokenizers
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from tokenizers import Regex

from hostile import HOSTILE, LONG, assigned_blocks

HERE = Path(__file__).parent
SENTENCES = (HERE / "sentences.txt").read_text(encoding="utf-8").split("\n")[:-1]

CL100K = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
QWEN2 = CL100K.replace(r"\p{N}{1,3}", r"\p{N}")
POSSESSIVE = (
    r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}"
    r"| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+"
)
O200K = (
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
    r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
    r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)


def added(identity, content, special=True, **options):
    token = {
        "id": identity, "content": content, "single_word": False, "lstrip": False, "rstrip": False,
        "normalized": not special, "special": special,
    }
    return token | options


def part(component):
    """The JSON of a component of the library."""
    return json.loads(component.__getstate__()) if component is not None else None


def template(before=(), after=()):
    def tokens(pairs):
        return [{"SpecialToken": {"id": content, "type_id": 0}} for content, _ in pairs]

    single = tokens(before) + [{"Sequence": {"id": "A", "type_id": 0}}] + tokens(after)
    return {
        "type": "TemplateProcessing", "single": single,
        "pair": single + [{"Sequence": {"id": "B", "type_id": 1}}],
        "special_tokens": {
            content: {"id": content, "ids": [identity], "tokens": [content]}
            for content, identity in (*before, *after)
        },
    }


def most_frequent(count):
    """The characters that the sentences hold most of, ties by code point."""
    counted = Counter(character for line in SENTENCES for character in line.replace(" ", "▁"))
    return sorted(counted, key=lambda character: (-counted[character], character))[:count]


def train(pre_tokenizer, size, normalizer=None, alphabet=(), limit=100_000):
    """Vocabulary and merges of a byte-pair encoding."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizer
    if normalizer is not None:
        tokenizer.normalizer = normalizer
    trainer = trainers.BpeTrainer(
        vocab_size=size, initial_alphabet=list(alphabet), limit_alphabet=limit, show_progress=False)
    tokenizer.train_from_iterator(SENTENCES, trainer)
    model = json.loads(tokenizer.to_str())["model"]
    return model["vocab"], model["merges"]


def tokenizer_json(model, added_tokens=(), normalizer=None, pre_tokenizer=None, post=None, decoder=None):
    defaults = {
        "type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None,
        "end_of_word_suffix": None, "fuse_unk": False, "byte_fallback": False, "ignore_merges": False,
    }
    return {
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": list(added_tokens),
        "normalizer": normalizer, "pre_tokenizer": pre_tokenizer, "post_processor": post,
        "decoder": decoder, "model": defaults | model,
    }


def byte_level(use_regex, add_prefix_space=False):
    return pre_tokenizers.ByteLevel(
        add_prefix_space=add_prefix_space, use_regex=use_regex, trim_offsets=True)


def split_then_bytes(pattern):
    return pre_tokenizers.Sequence(
        [pre_tokenizers.Split(Regex(pattern), "isolated"), byte_level(use_regex=False)])


def gpt2():
    pre_tokenizer = byte_level(use_regex=True)
    vocabulary, merges = train(pre_tokenizer, 1500, alphabet=pre_tokenizer.alphabet())
    return tokenizer_json(
        {"vocab": vocabulary, "merges": [f"{a} {b}" for a, b in merges]},
        [added(len(vocabulary), "<|endoftext|>")], None, part(pre_tokenizer),
        part(processors.ByteLevel(trim_offsets=False)), part(decoders.ByteLevel()))


def llama3():
    pre_tokenizer = split_then_bytes(CL100K)
    vocabulary, merges = train(pre_tokenizer, 2200, alphabet=byte_level(False).alphabet())
    # Whole words that no merges lead to: what `ignore_merges` is for.
    for word in ["Ġwhiskers", "Ġsnake", "Inthebeginning", "ĠHello", "'ll"]:
        vocabulary.setdefault(word, len(vocabulary))
    begin, end = len(vocabulary), len(vocabulary) + 1
    return tokenizer_json(
        {"vocab": vocabulary, "merges": merges, "ignore_merges": True},
        [
            added(begin, "<|begin_of_text|>"), added(end, "<|end_of_text|>"),
            *[added(end + 1 + index, f"<|reserved_special_token_{index}|>") for index in range(8)],
        ],
        None, part(pre_tokenizer),
        {
            "type": "Sequence",
            "processors": [
                part(processors.ByteLevel(trim_offsets=False)),
                template([("<|begin_of_text|>", begin)]),
            ],
        },
        part(decoders.ByteLevel()))


def qwen2():
    pre_tokenizer = split_then_bytes(QWEN2)
    vocabulary, merges = train(
        pre_tokenizer, 1800, normalizers.NFC(), alphabet=byte_level(False).alphabet())
    size = len(vocabulary)
    return tokenizer_json(
        {"vocab": vocabulary, "merges": [f"{a} {b}" for a, b in merges]},
        [
            added(size, "<|endoftext|>"), added(size + 1, "<|im_start|>"),
            added(size + 2, "<|im_end|>"),
        ],
        part(normalizers.NFC()), part(pre_tokenizer),
        part(processors.ByteLevel(trim_offsets=False)), part(decoders.ByteLevel()))


def olmo():
    pre_tokenizer = split_then_bytes(POSSESSIVE)
    vocabulary, merges = train(pre_tokenizer, 1500, alphabet=byte_level(False).alphabet())
    size = len(vocabulary)
    spaces = [
        added(size + 2 + index, " " * count, special=False, normalized=False)
        for index, count in enumerate(range(8, 1, -1))
    ]
    return tokenizer_json(
        {"vocab": vocabulary, "merges": merges},
        [
            added(size, "<|endoftext|>"), added(size + 1, "<|im_start|>", normalized=True), *spaces,
            added(size + 9, "<image>", special=False, lstrip=True),
            added(size + 10, "[MASK]", lstrip=True, rstrip=True),
            added(size + 11, "WORD", special=False, single_word=True),
            added(size + 12, "XY", special=False), added(size + 13, "XYZ", special=False),
        ],
        None, part(pre_tokenizer), template(after=[("<|endoftext|>", size)]),
        part(decoders.ByteLevel()))


def sentence_piece(vocabulary, merges):
    """The layout of SentencePiece: unknown, begin, end, the 256 bytes, then the rest."""
    pieces = ["<unk>", "<s>", "</s>", *[f"<0x{byte:02X}>" for byte in range(256)], *vocabulary]
    # The same to the eye as a piece that is there already, but for the bytes.
    for piece in ["e", "\u0301", "e\u0301", "é"]:
        if piece not in pieces:
            pieces.append(piece)
    return (
        {piece: identity for identity, piece in enumerate(dict.fromkeys(pieces))},
        [*merges, ["e", "\u0301"]],
    )


def sentence_piece_decoder():
    return part(decoders.Sequence([
        decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(),
        decoders.Strip(" ", 1, 0)]))


def llama2():
    words = pre_tokenizers.Metaspace(prepend_scheme="always")
    vocabulary, merges = sentence_piece(*train(words, 1600, alphabet=most_frequent(420), limit=420))
    return tokenizer_json(
        {
            "vocab": vocabulary, "merges": [f"{a} {b}" for a, b in merges], "unk_token": "<unk>",
            "fuse_unk": True, "byte_fallback": True,
        },
        [added(0, "<unk>"), added(1, "<s>"), added(2, "</s>")],
        part(normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])),
        None, template([("<s>", 1)]), sentence_piece_decoder())


def vicuna():
    words = pre_tokenizers.Metaspace(prepend_scheme="always")
    vocabulary, merges = sentence_piece(*train(words, 1200, alphabet=most_frequent(300), limit=300))
    size = len(vocabulary)
    return tokenizer_json(
        {
            "vocab": vocabulary, "merges": merges, "unk_token": "<unk>", "fuse_unk": True,
            "byte_fallback": True,
        },
        [
            added(0, "<unk>"), added(1, "<s>"), added(2, "</s>"), added(size, "<image>"),
            added(size + 1, "<pad>", special=False),
        ],
        None, part(pre_tokenizers.Metaspace(prepend_scheme="first", split=False)),
        template([("<s>", 1)]), sentence_piece_decoder())


# MARK: what the library makes of it


def fnv(words, hash_=0xCBF29CE484222325):
    for word in words:
        for byte in word.to_bytes(4, "little"):
            hash_ = (hash_ ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return hash_


def text_hash(texts):
    """Of decoded texts: their UTF-8 bytes as words."""
    return f"{fnv(word for text in texts for word in (*text.encode(), 0xFFFFFFFF)):016x}"


def ids_hash(lists):
    return f"{fnv(word for ids in lists for word in (*ids, 0xFFFFFFFF)):016x}"


def blocks(items, make, size=16):
    return [make(items[at : at + size]) for at in range(0, len(items), size)]


def changed_differently(normalizer):
    """Code points that the library's older tables normalize unlike Unicode 14."""
    forms = [form for form in ("NFC", "NFD", "NFKC", "NFKD") if f'"{form}"' in json.dumps(normalizer)]
    return sorted(
        code for form in forms for code in range(0x110000)
        if not 0xD800 <= code < 0xE000
        and getattr(normalizers, form)().normalize_str(chr(code))
        != unicodedata.normalize(form, chr(code)))


def byte_offsets(text, encoding):
    positions = [0]
    for character in text:
        positions.append(positions[-1] + len(character.encode()))
    return [positions[at] for pair in encoding.offsets for at in pair]


def expected(description):
    tokenizer = Tokenizer.from_str(json.dumps(description))
    excluded = changed_differently(description["normalizer"])

    def ids(text, special=True):
        return tokenizer.encode(text, add_special_tokens=special).ids

    hostile = [ids(text) for text in HOSTILE]
    chance = random.Random(7)
    fragments = []
    for sentence in hostile[:50]:
        start = chance.randrange(len(sentence))
        part_ids = sentence[start : start + chance.randrange(1, 9)]
        fragments.append({
            "ids": part_ids, "text": tokenizer.decode(part_ids, skip_special_tokens=False)})
    result = {
        "tokenizers": tokenizers.__version__,
        "count": tokenizer.get_vocab_size(with_added_tokens=True),
        "sentences": blocks([ids(s) for s in SENTENCES], ids_hash),
        "decoded": blocks(
            [tokenizer.decode(ids(s), skip_special_tokens=True) for s in SENTENCES], text_hash),
        "hostile": hostile,
        "bare": ids_hash([ids(text, special=False) for text in HOSTILE]),
        "decodedHostile": [
            text_hash([tokenizer.decode(i, skip_special_tokens=skip) for skip in (False, True)])
            for i in hostile],
        "fragments": fragments,
        "long": [ids_hash([ids(text * count)]) for text, count in LONG],
        "excluded": excluded,
        "codePoints": [ids_hash([ids(text)]) for text in assigned_blocks(excluded)],
    }
    if description["normalizer"] is None:
        result["offsets"] = [
            ids_hash([byte_offsets(text, tokenizer.encode(text, add_special_tokens=False))])
            for text in HOSTILE]
    return result


# MARK: one part at a time

BEHAVIORS = ["removed", "isolated", "merged_with_previous", "merged_with_next", "contiguous"]


def variants():
    """Names, the tokenizer that a variant is made from, and the parts that replace its parts."""
    n, p, d = normalizers, pre_tokenizers, decoders
    for name, normalizer in {
        "NFC": n.NFC(), "NFD": n.NFD(), "NFKC": n.NFKC(), "NFKD": n.NFKD(), "Lowercase": n.Lowercase(),
        "StripAccents": n.Sequence([n.NFD(), n.StripAccents()]),
        "StripAccents alone": n.StripAccents(),
        "Strip": n.Strip(), "Strip left": n.Strip(right=False), "Strip right": n.Strip(left=False),
        "Replace string": n.Replace("a", "ä-"), "Replace regex": n.Replace(Regex(r"\s+"), " "),
        "Replace with nothing": n.Replace(Regex(r"[aeiou]|\d"), ""),
        "Replace empty matches": n.Replace(Regex("x*"), "_"),
        "Prepend": n.Prepend("▁▁"), "ByteLevel": n.ByteLevel(),
        "all": n.Sequence([n.Strip(), n.NFKC(), n.Replace("``", '"'), n.Lowercase(), n.NFD(),
                           n.StripAccents(), n.Prepend("▁")]),
    }.items():
        yield f"normalizer {name}", "vicuna", {"normalizer": part(normalizer)}
    for name, pre_tokenizer in {
        "ByteLevel prefix": byte_level(True, True), "ByteLevel prefix plain": byte_level(False, True),
        "o200k": split_then_bytes(O200K),
        "starcoder": p.Sequence([p.Digits(True), byte_level(True)]),
        "falcon": p.Sequence([p.Punctuation("contiguous"), byte_level(True), p.Digits(False),
                              p.Split(Regex("[0-9][0-9][0-9]"), "isolated")]),
        "words": p.Sequence([p.Whitespace(), byte_level(False)]),
        "word boundaries": p.Sequence([p.Split(Regex(r"\b"), "isolated"), byte_level(False)]),
        "lines": p.Sequence([p.Split(Regex(r"^.+$"), "removed"), byte_level(False)]),
        "word class": p.Sequence([p.Split(Regex(r"\w+|[\s\d]|[^\w\s]"), "isolated"), byte_level(False)]),
        "not space": p.Sequence([p.Split(Regex(r"[^\S]+|[\S]{1,3}"), "isolated"), byte_level(False)]),
        "bloom": p.Sequence([p.Split(Regex(r" ?[^(\s|[.,!?…。，、।۔،])]+"), "isolated"),
                             byte_level(False)]),
    }.items():
        yield f"pre-tokenizer {name}", "gpt2", {"pre_tokenizer": part(pre_tokenizer)}
    for behavior in BEHAVIORS:
        for name, pattern in {"string": "a", "regex": Regex(r"\s|[aeiou]+"), "empty": Regex("e*")}.items():
            for invert in (False, True):
                split = p.Split(pattern, behavior, invert)
                yield (f"split {name} {behavior} {invert}", "llama2",
                       {"normalizer": None, "pre_tokenizer": part(split)})
        yield (f"punctuation {behavior}", "llama2",
               {"normalizer": None, "pre_tokenizer": part(p.Punctuation(behavior))})
    for name, pre_tokenizer in {
        "WhitespaceSplit": p.WhitespaceSplit(), "Digits": p.Digits(True), "Digits joined": p.Digits(),
        **{f"Metaspace {scheme} {split}": p.Metaspace(prepend_scheme=scheme, split=split)
           for scheme in ("always", "first", "never") for split in (True, False)},
        "legacy Metaspace": {"type": "Metaspace", "replacement": "▁", "str_rep": "▁",
                             "add_prefix_space": False, "prepend_scheme": "never"},
        "Metaspace of words": p.Sequence([p.WhitespaceSplit(), p.Metaspace()]),
    }.items():
        json_ = pre_tokenizer if isinstance(pre_tokenizer, dict) else part(pre_tokenizer)
        changes = {"normalizer": None, "pre_tokenizer": json_}
        if "Metaspace" in json_["type"]:
            changes["decoder"] = json_
        yield f"pre-tokenizer {name}", "llama2", changes
    yield "stripped first", "vicuna", {"normalizer": part(n.Strip())}
    for name, decoder in {
        "none": None, "Fuse": d.Fuse(), "ByteFallback": d.ByteFallback(),
        "Replace": d.Sequence([d.Replace(Regex("[aeiou▁]+"), "*"), d.ByteFallback(), d.Fuse()]),
        "Strip": d.Sequence([d.Fuse(), d.Strip("▁", 2, 0)]),
    }.items():
        yield f"decoder {name}", "llama2", {"decoder": part(decoder)}
    for name, post in {
        "Bert": processors.BertProcessing(("</s>", 2), ("<s>", 1)),
        "Roberta": processors.RobertaProcessing(("</s>", 2), ("<s>", 1)),
    }.items():
        yield f"post-processor {name}", "llama2", {"post_processor": part(post)}
    for name, model in {
        "unknown": {"byte_fallback": False, "fuse_unk": False},
        "unknown fused": {"byte_fallback": False},
        "nothing unknown": {"byte_fallback": False, "unk_token": None},
        "ignoring merges": {"ignore_merges": True},
    }.items():
        yield f"model {name}", "llama2", {
            "model": model, "normalizer": None, "pre_tokenizer": part(p.Metaspace())}
    lower = part(n.Lowercase())
    for name, tokens in {
        "normalized": [added(0, "ABC", False), added(0, "Cafe", False, single_word=True)],
        "stripping": [added(0, "[MASK]", False, lstrip=True, rstrip=True, normalized=True),
                      added(0, "a", False, lstrip=True), added(0, "\u3000", rstrip=True)],
        "of spaces": [added(0, " ", False, rstrip=True), added(0, "  ", False, lstrip=True)],
        "repeated": [added(0, "XY"), added(0, "XY", False), added(0, "<s>", False), added(0, "the")],
    }.items():
        yield f"added tokens {name}", "vicuna", {"normalizer": lower, "added_tokens": tokens}


def variant_expected(descriptions):
    for name, base, changes in variants():
        description = descriptions[base] | changes
        if "model" in changes:
            description["model"] = descriptions[base]["model"] | changes["model"]
        tokenizer = Tokenizer.from_str(json.dumps(description))
        encodings = [tokenizer.encode(text).ids for text in HOSTILE]
        yield {
            "name": name, "base": base, "changes": changes,
            "ids": blocks(encodings, ids_hash, 8),
            "decoded": blocks(
                [tokenizer.decode(ids, skip_special_tokens=False) for ids in encodings], text_hash, 8),
        }


def write(path, value):
    path.parent.mkdir(exist_ok=True)
    path.write_text(
        json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")


def main():
    descriptions = {make.__name__: make() for make in (gpt2, llama3, qwen2, olmo, llama2, vicuna)}
    for name, description in descriptions.items():
        write(HERE / name / "tokenizer.json", description)
        write(HERE / name / "expected.json", expected(description))
    write(HERE / "variants.json", list(variant_expected(descriptions)))
    long = [{"text": text, "count": count} for text, count in LONG]
    (HERE / "hostile.json").write_text(json.dumps({"texts": HOSTILE, "long": long}) + "\n")


main()
