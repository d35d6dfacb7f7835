"""What can go wrong with a language model. No message of these holds a key."""

from warehouse.errors import WarewordError


class LlmError(WarewordError):
    """The language model cannot be asked as things are set."""


class BudgetError(LlmError):
    """Sending more would pass the budget; nothing more is sent, what was answered is kept."""


class StoppedError(LlmError):
    """A call that was not sent because another one ended everything."""


class ReplayError(LlmError):
    """A request has no recorded answer, and only recorded answers are allowed."""
