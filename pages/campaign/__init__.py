"""What the Campaigns screen is made of, one noun a module."""
