"""Wagtail publish events: freeze a guide version. Filled by the guide family."""
