"""What the screens share, one noun a module."""
