"""Texts that a tokenizer may stumble over."""

import unicodedata

# One everyday sentence in each of many scripts, written for this file.
SCRIPTS = [
    "The cat's whiskers; they'll've known we'd I'M HERE, can't you?",
    "Der Fuß größer: Straße, Äpfel und Übermut — „schön“!",
    "L’été, où ça ? Cœur, naïve, garçon… « déjà vu »",
    "Η γάτα κοιμάται στον ήλιο, ΌΛΗ μέρα.",
    "Кошка спит на солнце; ёлка, объём, їжак.",
    "Կատուն քնում է արևի տակ։",
    "კატა მზეზე სძინავს. ᲙᲐᲢᲐ",
    "החתול ישן בשמש, שָׁלוֹם!",
    "القطة تنام في الشمس، مُحَمَّد ٠١٢٣٤٥٦٧٨٩",
    "بلی در آفتاب می‌خوابد ۰۱۲۳",
    "ܫܠܡܐ ܥܠܡܐ",
    "ދިވެހިބަސް ރީތި",
    "बिल्ली धूप में सोती है। क्षत्रिय ज़िंदगी १२३",
    "বিড়াল রোদে ঘুমায়। কো ড়",
    "ਬਿੱਲੀ ਧੁੱਪ ਵਿੱਚ ਸੌਂਦੀ ਹੈ",
    "બિલાડી તડકામાં સૂવે છે",
    "பூனை வெயிலில் தூங்குகிறது கொ",
    "పిల్లి ఎండలో నిద్రపోతుంది",
    "ಬೆಕ್ಕು ಬಿಸಿಲಿನಲ್ಲಿ ಮಲಗುತ್ತದೆ",
    "പൂച്ച വെയിലിൽ ഉറങ്ങുന്നു",
    "බළලා අව්වේ නිදාගනී ක්‍ෂ",
    "แมวนอนกลางแดด ก็น้ำ ๑๒๓",
    "ແມວນອນກາງແດດ ນ້ຳ",
    "ཞི་མི་ཉི་མའི་འོག་ཏུ་ཉལ།",
    "ကြောင်က နေပူထဲမှာ အိပ်တယ်",
    "ឆ្មាដេកក្រោមព្រះអាទិត្យ",
    "ᠮᠣᠩᠭᠣᠯ ᠤᠨ\u180eᠠ",
    "ድመቷ ፀሐይ ላይ ትተኛለች። ፩፪፫",
    "ᏣᎳᎩ ᎦᏬᏂᎯᏍᏗ ꮳꮃꭹ",
    "ᐃᓄᒃᑎᑐᑦ",
    "猫が日向で寝ている。ネコ、ﾈｺ、ガギグ が ゝ々〆",
    "고양이가 햇볕에서 잔다. 고양이 ㄱㄴ ﾡￂ",
    "猫在太阳下睡觉，很舒服！貓咪 㐀𠀀𪜶",
    "ꉬꌠ ꆈꌠꉙ",
    "𐌰𐌱𐌲 𝒜𝓁𝓁 𝟘𝟙𝟚 𝔘𝔫𝔦 𐐀𐐨",
    "ⲀⲂⲄ ⴰⵣⵓⵍ ߒߞߏ ꦗꦮ ᬩᬮᬶ ᜆᜄᜎᜓᜄ᜔ 𞤀𞤣𞤤𞤢𞤥",
]

SIGNS = [
    "👍🏽 👩‍👩‍👧‍👦 🏳️‍🌈 🏴󠁧󠁢󠁳󠁣󠁴󠁿 🇩🇪🇫🇷🇯🇵🇧 1️⃣ ☺︎ ☺️ 👁️‍🗨️",
    "🤷🏿‍♂️🤷🏻‍♀️🧑🏾‍❤️‍💋‍🧑🏼 👨🏻‍🦰",
    "½ ² ³ ¼ Ⅷ ⅷ ① ⑩ ㊿ ㋀ ٣ ۳ ३ ３ 𝟛 一二三 ½½½ 1234567890 1,000.50",
    "ﬁﬂﬀﬃﬄﬅﬆ ŉ ǆ ǅ ß ẞ İ ı ſ K Å Ω ﷺ ﷽ ㎏ ㏂ ™ ℀",
    "e\u0301 é a\u030a å o\u0308\u0304 ȫ q\u0307\u0323 q\u0323\u0307 \u1e9b\u0323 \u0344 \u212b",
    "\u0301lone \u0301 \u20dd\u0308\u0489 \u0327\u0301\u0316\u0327",
    "Z" + "\u0300\u0301\u0302\u0316\u0317\u0327" * 30 + "algo",
    "\u1100\u1161\u11a8 \uac01 \u1100\uac00\u11a8 \u3131\u314f \uffa1\uffc2",
    "don't DON'T dOn'T 'S 'ſ 's'S 'LL 'll 'Ve 're 'RE ’s ’t I'd'd' ''s x'",
    "a1b2c3 4.5e-6 0x1F 192.168.0.1 2024-01-31T12:34:56Z 50% $5.00 £3 €2 ¥1",
    "snake_case camelCase kebab-case SHOUTING_CASE x_1_y __init__ a.b.c @user #tag",
    "https://example.org/a/b?c=d&e=%20f#g mailto:a.b+c@d.example",
    "def f(x):\n\treturn {'a': [1, 2], \"b\": x**2}  # comment\r\n\r\n    if x:\r\n\tpass\n\n\n",
    "<html>\n  <p class=\"x\">&amp;&nbsp;</p>\n</html>",
    "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~ !! ?? ... --- *** ¡¿«»‹›„“”‘’‚†‡•…‰′″‿⁀",
    "+-=<>^`|~$ ¢£¤¥ ×÷± ∀∃∑∫ ←↑→↓ ─│┌┐ ▁▂▃ ░▒▓ ♠♥♦♣ ♪♫",
    "▁ ▁▁ ▁a▁b a▁ ▁ ▁a Ġ Ġa Ċ <0x41> <0x0A> <0xZZ> <unk>",
]

WHITESPACE = [
    c for c in map(chr, range(0x3100))
    if c.isspace() or c in "\u180e\u200b\u200c\u200d\u2060\ufeff\u00ad\u3164"
]

SPACES = (
    [f"a{c}b {c}c{c} {c}{c}d{c}" for c in WHITESPACE]
    + [
        "", " ", "  ", "   ", "\n", "\n\n", "\t", " \n", "\n ", "\r\n", "\r", " \t ", "\u3000", "\xa0",
        " a", "  a", "   a", "a ", "a  ", "a   ", " a b  c   d    e     f      ",
        "a\nb\n\nc\n\n\nd", "a \n b  \n  c\n   \n d", "a\r\nb\r\n\r\n c", "\n a\n  b\n   c\n",
        "a\t\tb \t c", "\u2003\u2003a\u2003", "a\u2028b\u2029c", "a\x85b\x0bc\x0cd", "x \x1c\x1d\x1e\x1f y",
    ]
)

CONTROLS = [
    "nul\x00in\x00side\x00", "\x00", "\x00\x00\x00", "".join(map(chr, range(0x20))),
    "".join(map(chr, range(0x7F, 0xA1))), "bell\x07esc\x1b[31mred\x1b[0m del\x7f",
    "\u202eright\u202c \u2066iso\u2069 \u200e\u200f", "\ufeffbom", "zero\u200bwidth\u200cjoin\u200der\u2060x",
    "soft\u00adhyphen", "\ufffc \ufffd", "\ufffe \uffff \U0001fffe \U0010ffff \ufdd0 \ufdef",
    "\ue000 \uf8ff \U000f0000 \U0010fffd", "\u0378 \u0530 \U000e0080 \U000323b0 \U0003fffd",
    "\U000e0001\U000e0061 \ufe0f \ufe00 \U000e0100", "\u034f\u061c\u17b4\u17b5\u115f\u1160\u3164\uffa0",
]

SPECIALS = [
    "<s>", "</s>", "<s></s>", "<s>Hello</s>", "a<s>b", " <s> ", "a <s> b </s> c", "<s", "<s>>", "<<s>>",
    "<|endoftext|>", "a<|endoftext|>b", "<|endoftext|><|endoftext|>", "<|endoftext|> <|endoftext|>",
    "<|im_start|>user\nHi<|im_end|>\n", "<|endoftext", "|endoftext|>", "<|ENDOFTEXT|>",
    "<|begin_of_text|>x<|end_of_text|>", "<image>", "a <image>\nb", "<image><image> <image>", "<unk>", "<pad>",
    "x [MASK] y", "x[MASK]y", "  [MASK]  ", "[MASK]", "\u3000[MASK]\n\n[MASK] ", "[mask]",
    "a lone WORD here", "aWORDb", "WORD", "WORDS", "WORD WORD", "(WORD)", "_WORD", "éWORD", "WORD\u0301",
    "WORD\u200d", "1WORD ½WORD -WORD-", "lone WORDWORD", "Cafe Cafés café CAFE", "ABC abc Abc xABCx",
    "    indented", "  two", "        eight spaces", "aXYZb XYZ", "XY XYZ XYZZ XXYZ",
]

# Given as a text and how many times it is repeated, since written out they would be long.
LONG = [
    ("a", 100_000), ("ab", 50_000), (" ", 100_000), ("the", 30_000), ("1", 100_000), ("-", 100_000),
    ("\n", 50_000), (" \n", 25_000), ("é", 50_000), ("e\u0301", 20_000), ("猫", 30_000), ("\u0301", 20_000), ("\u0301\u0316", 20_000),
    ("👩‍👩‍👧‍👦", 2_000), ("\x00", 20_000), ("a ", 30_000), ("Hello, world! ", 4_000), ("<s>", 5_000),
    ("xyz'll ", 5_000), ("▁", 20_000), ("\u2003", 20_000), ("𝒜", 10_000), ("aA1 ", 10_000),
    ("In the beginning God created the heavens and the earth", 1_000),
    ("Inthebeginninggodcreatedtheheavensandtheearth", 2_000),
]

HOSTILE = SCRIPTS + SIGNS + SPACES + CONTROLS + SPECIALS


def assigned_blocks(excluded=(), size=512):
    """Every assigned code point (but most of the ideographs) between letters, in blocks."""
    chosen = []
    for code in range(0x110000):
        character = chr(code)
        category = unicodedata.category(character)
        if category in ("Cn", "Co", "Cs") or code in excluded:
            continue
        if category == "Lo" and code >= 0x3400 and code % 37:
            continue
        chosen.append(f"a{character}b ")
    return ["".join(chosen[at : at + size]) for at in range(0, len(chosen), size)]
