"""Token counts by a byte-level BPE tokenizer trained on the corpus itself, since none can be
fetched offline."""

from pathlib import Path

import duckdb
import pyarrow as pa
from tokenizers import Tokenizer
from tokenizers.decoders import ByteLevel as ByteLevelDecoder
from tokenizers.models import BPE
from tokenizers.pre_tokenizers import ByteLevel
from tokenizers.trainers import BpeTrainer

VOCABULARY = 16_384
TRAINING_DOCUMENTS = 20_000
BATCH = 10_000


def count_tokens(connection: duckdb.DuckDBPyConnection, path: Path) -> pa.Table:
    """Trains the tokenizer, writes it to `path` in the format of Hugging Face tokenizers, and
    returns (document_id, tokens).

    It is trained on the kept documents of the smallest hashes, so the same corpus gives the same
    file.
    """
    texts = connection.execute(
        """
        SELECT text FROM text.kept
        ORDER BY md5(document_id) LIMIT ?
        """,
        [TRAINING_DOCUMENTS],
    ).to_arrow_table()["text"]
    tokenizer = _train(texts.to_pylist())
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".part")
    tokenizer.save(str(draft))
    draft.replace(path)
    counted = []
    reader = connection.execute(
        """
        SELECT document_id, text FROM text.kept
        ORDER BY document_id
        """
    ).to_arrow_reader(BATCH)
    for batch in reader:
        encodings = tokenizer.encode_batch_fast(batch["text"].to_pylist())
        tokens = pa.array(map(len, encodings), pa.int32(), size=len(encodings))
        counted.append(pa.table({"document_id": batch["document_id"], "tokens": tokens}))
    empty = pa.table({"document_id": pa.array([], pa.string()), "tokens": pa.array([], pa.int32())})
    return pa.concat_tables([empty, *counted])


def _train(texts: list[str]) -> Tokenizer:
    tokenizer = Tokenizer(BPE())
    tokenizer.pre_tokenizer = ByteLevel(add_prefix_space=False)
    tokenizer.decoder = ByteLevelDecoder()
    trainer = BpeTrainer(
        vocab_size=VOCABULARY, initial_alphabet=ByteLevel.alphabet(), show_progress=False
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer
