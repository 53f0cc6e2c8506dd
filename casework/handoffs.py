"""Which process starts which: event → functions, in order, in the same transaction.

The only place where one process calls another.
"""

from casework.core.events import Handoffs

HANDOFFS: Handoffs = {}
