"""Products of a source as resolution sees them: what the catalog says, and what the source states
beside the canonical columns, one row a product."""

import duckdb
import pyarrow as pa

from warehouse.errors import WarehouseError

# Canonical columns that are compared as they are; the others have comparisons of their own.
_ATTRIBUTES = ("size", "color")


def products(connection: duckdb.DuckDBPyConnection, source: str) -> pa.Table:
    """The products of `source` in the order of their identifiers.

    Columns: product_id, gtin, title, description, brand, model (all text), price (currency units),
    currency (ISO 4217 code, null where not known),
    attributes (a map from the name of a field to what the source states under it).

    Raises:
        WarehouseError: if the source has no products.
    """
    attributes = ", ".join(f"('{name}', {name})" for name in _ATTRIBUTES)
    found = connection.sql(
        f"""
        WITH
        further AS (
            SELECT
                subject AS product_id,
                map_from_entries(list((name, object) ORDER BY name)) AS attributes
            FROM (
                SELECT subject, lower(split_part(predicate, ':', -1)) AS name, min(object) AS object
                FROM facts.current
                WHERE source = $source AND provenance = 'stated' AND contains(predicate, ':')
                GROUP BY ALL
            )
            GROUP BY subject
        )
        SELECT
            product_id,
            gtin,
            coalesce(name, '') AS title,
            coalesce(description, '') AS description,
            coalesce(brand, manufacturer, '') AS brand,
            coalesce(mpn, '') AS model,
            price::DOUBLE AS price,
            currency,
            map_concat(
                map_from_entries(
                    list_filter([{attributes}], lambda entry: entry[2] IS NOT NULL)
                ),
                coalesce(attributes, MAP {{}}::MAP(VARCHAR, VARCHAR))
            ) AS attributes
        FROM catalog.product
        LEFT JOIN further USING (product_id)
        WHERE source = $source
        ORDER BY product_id
        """,
        params={"source": source},
    ).to_arrow_table()
    if not found.num_rows:
        known = connection.execute("SELECT DISTINCT source FROM catalog.product ORDER BY 1")
        names = ", ".join(name for (name,) in known.fetchall()) or "none"
        raise WarehouseError(f"no products of source {source!r}; sources with products: {names}")
    return found
