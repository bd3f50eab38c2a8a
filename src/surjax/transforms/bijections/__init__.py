"""Bijections: one-to-one maps."""
