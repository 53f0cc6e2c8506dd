"""How personal data looks on screen (domain §8): enough to recognise, too little to misuse."""

# A mobile phone number inside a text, on its own.
MOBILE_PHONE = r"(?<![0-9A-Za-z])1[3-9]\d{9}(?![0-9A-Za-z])"


def mask_id_number(number: str) -> str:
    """First 6 and last 4 characters of an identity number of 15 or more, else the first and last."""
    if len(number) >= 15:
        return f"{number[:6]}{'*' * (len(number) - 10)}{number[-4:]}"
    return f"{number[:1]}{'*' * max(len(number) - 2, 0)}{number[-1:]}" if len(number) > 2 else "**"


def mask_phone(phone: str) -> str:
    """3 + 4 asterisks + 4 for an 11-digit mobile phone; a land line keeps its last 4 hidden."""
    if len(phone) == 11 and phone.isdigit():
        return f"{phone[:3]}****{phone[-4:]}"
    return f"{phone[:-4]}****" if len(phone) > 4 else "****"


def mask_name(name: str) -> str:
    """Family name and asterisks: 王小明 → 王**."""
    return f"{name[:1]}{'*' * (len(name) - 1)}" if len(name) > 1 else "*"
