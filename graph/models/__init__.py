"""Models, one file each, readable beside their papers."""
