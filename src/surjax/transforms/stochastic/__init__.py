"""Stochastic maps: noise in both directions."""
