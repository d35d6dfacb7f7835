"""What can go wrong when facts are put into words."""

from warehouse.errors import WarewordError


class VerbalizeError(WarewordError):
    """Documents cannot be written or exported as asked; what was there before is unchanged."""


class TemplateError(VerbalizeError):
    """A template breaks a rule that read-back needs."""


class FaithfulnessError(VerbalizeError):
    """A document does not yield the facts again that it is said to tell."""


class EfficacyError(VerbalizeError):
    """A corpus cannot be measured by training on it."""
