"""Chat: JSON lines of `messages`, a question of the user and the answer of the assistant, and, line
by line beside them, their evidence.

A line has no other field, and a file is not compressed: some trainers refuse both (LLM Foundry,
services that fine-tune), and all read this.
"""

from collections.abc import Sequence
from pathlib import Path

from verbalize.curation.tokens import Encoder
from verbalize.errors import VerbalizeError
from verbalize.export.encoding import content, encode, line
from verbalize.export.format import Batches, Format

_EVIDENCE = ("id", "source", "added", "created", "metadata")


def write(batches: Batches, files: Sequence[Path], encoder: Encoder | None) -> None:
    """Writes the conversations and the evidence of a shard.

    Raises:
        VerbalizeError: if what is to be written are no conversations.
    """
    lines = line({"messages": "messages"}), line({name: name for name in _EVIDENCE})
    with files[0].open("wb") as conversations, files[1].open("wb") as evidence:
        for said, told in encode(_checked(batches), *lines):
            conversations.write(content(said))
            evidence.write(content(told))


def _checked(batches: Batches) -> Batches:
    for batch in batches:
        if "messages" not in batch.schema.names:
            raise VerbalizeError(
                "chat is written of questions with their answers, and these documents are no "
                "conversations; give another --format, such as jsonl"
            )
        yield batch


FORMAT = Format(
    description="JSON lines of messages, for TRL, axolotl, LLaMA-Factory and services",
    media_type="application/jsonlines",
    files=(
        "data/train-{shard:05}-of-{shards:05}.jsonl",
        "evidence/train-{shard:05}-of-{shards:05}.jsonl",
    ),
    write=write,
    holds="conversations",
    card="data/train-*.jsonl",
)
