"""Working-time arithmetic: half days, make-up days, pauses, provisional years.

`calendar`, `units`, `arithmetic` and `explain` are pure: the calendar and every
moment are arguments. `models` holds the notices, `queries` builds the calendar
from them, `seeds` fills the years that are already published.
"""
