"""What the platform knows about itself."""

from django.db import models


class Heartbeat(models.Model):
    """The canary: a scheduled task stamps it, so a hung queue shows itself (feasibility §3.3)."""

    name = models.CharField(max_length=40, primary_key=True)
    beat_at = models.DateTimeField()
