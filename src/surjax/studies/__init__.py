"""Whole studies: every model on every data set, with its table and its picture."""
