"""Facts and events as a typed, timed graph; models trained on it; predictions that come back as
facts."""
