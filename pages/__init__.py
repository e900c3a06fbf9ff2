"""The screens, one a file; `pages.parts` has what they share."""
