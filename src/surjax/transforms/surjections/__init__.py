"""Surjections: bijections that let go of a part."""
