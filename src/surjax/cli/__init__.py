"""The command `surjax`: one file a command. Each parses its flags, calls the library and prints.

These modules import nothing heavy until a command is executed, so that help and mistakes answer at once.
"""
