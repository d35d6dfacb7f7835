"""Does a corpus teach? Small models are trained on corpora of the same facts, and asked what they
know; see docs/efficacy.md."""
