"""One file a library: the same two flows, built, trained, scored and sampled in its own idiom."""
