"""A real ``qcluster`` without one of its guards (``WEAKEN``): the proofs must notice it."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
django.setup()

from django.core.management import call_command  # noqa: E402

from tests.bench._kill_points import weaken  # noqa: E402

if __name__ == "__main__":
    weaken(os.environ["WEAKEN"])
    call_command("qcluster")
