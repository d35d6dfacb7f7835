"""Facts as documents: templates, evidence, read-back, curation, export. See README.md."""
