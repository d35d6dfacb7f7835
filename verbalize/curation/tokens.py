"""Token counts by a tokenizer that the corpus brings along: a byte-level BPE, trained on a draw of the documents themselves.

It needs no download, and the same documents and seed give the same tokenizer. It is kept in `text.tokenizer`, and every export holds it as
`tokenizer.json`, ready for `tokenizers` or `transformers`.
"""

from typing import Any

import duckdb
import pyarrow as pa
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

VOCABULARY = 8_192
TRAINING_DOCUMENTS = 10_000
BATCH = 20_000

NAME = "byte-level BPE, trained on the corpus"


def count_tokens(connection: duckdb.DuckDBPyConnection, *, seed: int = 0) -> dict[str, Any]:
    """Trains the tokenizer, counts the tokens of each document that is kept, and returns their sum and the size of the vocabulary."""
    tokenizer = _trained(connection, seed)
    connection.execute("DELETE FROM text.tokenizer")
    connection.execute(
        "INSERT INTO text.tokenizer VALUES (?, ?, ?)", [NAME, tokenizer.get_vocab_size(), tokenizer.to_str(pretty=False)]
    )
    connection.execute("CREATE OR REPLACE TEMP TABLE token_count (document_id VARCHAR, tokens INTEGER)")
    last = ""
    while rows := connection.execute(
        "SELECT document_id, text FROM text.document WHERE document_id > ? ORDER BY document_id LIMIT ?", [last, BATCH]
    ).fetchall():
        last = rows[-1][0]
        encodings = tokenizer.encode_batch_fast([text for _, text in rows])
        counted = pa.table(
            {"document_id": [identifier for identifier, _ in rows], "tokens": pa.array(map(len, encodings), pa.int32())}
        )
        connection.register("counted", counted)
        connection.execute("INSERT INTO token_count FROM counted")
        connection.unregister("counted")
    connection.execute(
        "UPDATE text.document SET tokens = token_count.tokens FROM token_count WHERE text.document.document_id = token_count.document_id"
    )
    connection.execute("DROP TABLE temp.token_count")
    row = connection.execute("SELECT coalesce(sum(tokens), 0)::BIGINT FROM text.document WHERE duplicate_of IS NULL").fetchone()
    return {"tokens": row[0] if row else 0, "vocabulary": tokenizer.get_vocab_size()}


def _trained(connection: duckdb.DuckDBPyConnection, seed: int) -> Tokenizer:
    texts = connection.execute(
        "SELECT text FROM text.document WHERE duplicate_of IS NULL ORDER BY md5(concat_ws(chr(31), ?, document_id)) LIMIT ?",
        [seed, TRAINING_DOCUMENTS],
    ).fetchall()
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=["<|endoftext|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator((text for (text,) in texts), trainer)
    return tokenizer
