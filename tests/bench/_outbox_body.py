"""The text of every message of the proofs: some three hundred bytes, as a letter's facts have."""

import json

TEXT = json.dumps({"facts": {"办理结果": "准予许可" * 20}, "schema": "linkage.letter/1"}, ensure_ascii=False)
BODY = TEXT.encode()
