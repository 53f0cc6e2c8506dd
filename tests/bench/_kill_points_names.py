"""The points of ``_kill_points`` by name, for programs that do not load the product."""

NAMES = (
    "before the claim",
    "in the claim, not committed",
    "after the claim, before sending",
    "sent, no answer yet",
    "answered, not noted",
    "in the note, tries written",
    "in the note, before its ledger entries",
    "after the note",
    "after the commit, before the doorbell",
    "in the sweep",
)
