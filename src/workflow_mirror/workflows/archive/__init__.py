"""Many exports at once: as a ZIP, or one after the other for any other container."""
