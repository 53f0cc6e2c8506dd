"""The demo city: invented people and cases in a plausible city, made only by the product's own acts."""
