"""Questions that several checks of an image ask alike."""
