"""The hard stop: what all calls of a home may cost together, in tokens and in dollars."""

from decimal import Decimal
from threading import Lock

from warehouse.llm.errors import BudgetError
from warehouse.llm.settings import LlmSettings


class Budget:
    """What is spent and what is set aside for calls under way never pass the limits together."""

    def __init__(self, settings: LlmSettings, tokens: int, cost: Decimal) -> None:
        self._settings = settings
        self._tokens, self._cost = tokens, cost
        self._lock = Lock()

    def reserve(self, tokens: int, cost: Decimal | None) -> None:
        """Sets an estimate aside before a call is sent.

        Raises:
            BudgetError: if it would pass a limit.
        """
        most_tokens, most_cost = self._settings.budget_tokens, self._settings.budget_dollars
        with self._lock:
            if self._tokens + tokens > most_tokens:
                raise BudgetError(
                    f"the budget of {most_tokens:,} tokens is reached ({self._tokens:,} spent or "
                    f"under way, the next call may take {tokens:,}); what was answered is kept. "
                    "Raise WAREWORD_LLM_BUDGET_TOKENS to go on"
                )
            if most_cost is not None and self._cost + (cost or 0) > most_cost:
                raise BudgetError(
                    f"the budget of ${most_cost} is reached (${self._cost:.4f} spent or under way, "
                    f"the next call may cost ${cost:.4f}); what was answered is kept. "
                    "Raise WAREWORD_LLM_BUDGET_DOLLARS to go on"
                )
            self._tokens += tokens
            self._cost += cost or Decimal(0)

    def settle(self, tokens: int, cost: Decimal | None) -> None:
        """Corrects what was set aside by the difference to what was spent."""
        with self._lock:
            self._tokens += tokens
            self._cost += cost or Decimal(0)
