"""Documents of the same words, whatever their case and spaces: the first identifier is kept."""

import duckdb

from verbalize.curation.stage import CurationSettings, Stage


def _run(connection: duckdb.DuckDBPyConnection, settings: CurationSettings) -> None:
    connection.execute(
        r"""
        INSERT INTO text.removed
        SELECT document_id, 'exact', 'same words', NULL, kept
        FROM (
            SELECT
                document_id,
                min(document_id) OVER (
                    PARTITION BY
                        language,
                        -- Few texts have other white space than single spaces.
                        md5(lower(trim(CASE
                            WHEN regexp_matches(text, '\s\s|[\t-\r]')
                            THEN regexp_replace(text, '\s+', ' ', 'g')
                            ELSE text
                        END)))
                ) AS kept
            FROM text.kept
        )
        WHERE document_id <> kept
        """
    )


STAGE = Stage(
    "exact",
    "Of documents with the same words one is kept",
    "a hash of the text in lower case, white space made one",
    _run,
)
