"""Clause ids of the measure in words: ``8.2`` → 「第八条第二项」."""

_DIGITS = "零一二三四五六七八九十"
MEASURE = "《儋州市行政审批与监管、执法协调联动实施办法（试行）》"


def numeral(number: int) -> str:
    """1 to 99 in Chinese numerals: 7 → 七, 12 → 十二, 20 → 二十."""
    tens, ones = divmod(number, 10)
    if not tens:
        return _DIGITS[ones]
    return f"{_DIGITS[tens] if tens > 1 else ''}十{_DIGITS[ones] if ones else ''}"


def clause_in_words(clause: str) -> str:
    """``clause`` ("9.1", "10") as an official would write it; anything else is returned as it is."""
    parts = clause.split(".")
    if not 1 <= len(parts) <= 2 or not all(part.isdecimal() and 0 < int(part) < 100 for part in parts):
        return clause
    item = f"第{numeral(int(parts[1]))}项" if len(parts) == 2 else ""
    return f"第{numeral(int(parts[0]))}条{item}"
