"""Documents and corpora of the verbalize house."""

from pipelines.assets import File, Made, Table, assets_of, graph

MADE: Made = {
    "render": (
        Table("text.document", "SELECT kind, count(*) FROM text.document GROUP BY 1 ORDER BY 1"),
        Table(
            "text.statement",
            "SELECT template, count(*) FROM text.statement GROUP BY 1 ORDER BY 2 DESC LIMIT 20",
        ),
    ),
    "curate": (File("models/tokenizer.json", "The tokenizer by which documents are counted"),),
    "export": (
        File("corpus/dolma", "The corpus as Dolma JSONL.zst, with its datasheet"),
        File("corpus/hf", "The corpus as Hugging Face Parquet, with its card"),
    ),
}

assets = assets_of(MADE, graph.MADE)
