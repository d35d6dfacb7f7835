"""The commands of `wareword`, by what they are about."""
