"""Words and texts that break careless code: one list for every entry point, in Python and in JavaScript."""

AWKWARD_WORDS = (
    "Café", "cafe\u0301", "jose\u0301", "PARIS", " king ", "king", "ｋｉｎｇ",  # the last in full width
    "Ångström", "A\u030angstro\u0308m", "straße", "ﬁsh", "ΟΔΟΣ",  # ﬁ is a ligature
    "don't", "don’t", "3:30", "$5.00", "1,000", "٣",  # a digit of Arabic
    "👩‍🚀", "👍🏽", "שלום", "مرحبا", "東京", "한국어", "한국어",  # the last in parts
    "Ġking", "▁king", "##ing", "[UNK]", "<unk>", "<b>", "&amp;", "__proto__", "constructor", "toString", "%3B;:",
    "\u200bking", "\ufeffking", "ki\u00adng", "king\u0000", "\x1c", "\ud7ff\ufffd", "e\u0301" * 20, "a" * 10_000, "", " ",
)  # fmt: skip

AWKWARD_TEXTS = (
    "The capital of France is Paris",
    "The shop opens at 3:30",
    "José, jose\u0301 and JOSÉ",
    "Déjà vu, naïve façade — and the Zürich-based café…",
    "defenestration unhappily antidisestablishmentarianism",
    "don't you're it's U.S. state-of-the-art 3.14 $5 #tag @you",
    "At 12:05 p.m. on 1/2/2024 it cost £1,000.50, -3.2% less",
    "東京タワー and 中文 mixed한국어",
    "emoji 😀👍🏽👩‍🚀 and \u200bzero\u200d width\ufeff",
    "שלום עולם, مرحبا بالعالم!",
    "ｆｕｌｌ　ｗｉｄｔｈ １２３",
    "tabs\tnew\nlines\r\nand\u00a0no-break\u3000wide",
    "  leading and trailing  ",
    "STRASSE straße ǅ ﬁ",
    "ΟΔΟΣ Οδός ΣΑΣ",
    "[CLS] [UNK] ##ing",
    "a[MASK]b [mask] [SEP][PAD]. [CLS",
    "<b>bold</b> &amp; <script>alert(1)</script>",
    "__proto__ constructor toString hasOwnProperty",
    "file\x1cgroup\x1drecord\x1eunit\x1fnext\x85line",
    "null\x00byte control\x07bell \ufffd replacement",
    "!!!???...",
    "a" * 120,
    "king " * 2_000,
    "",
    "   ",
)
