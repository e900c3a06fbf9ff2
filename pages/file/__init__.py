"""Events from a file: uploaded, its columns mapped, tried and imported."""
