"""Tables of the warehouse house."""

from pipelines.assets import Made, Table, assets_of

MADE: Made = {
    "load": (
        Table(
            "catalog.product",
            "SELECT department, count(*) FROM catalog.product GROUP BY 1 ORDER BY 2 DESC LIMIT 15",
        ),
        Table(
            "catalog.category",
            "SELECT coalesce(level, 'unknown'), count(*) FROM catalog.category GROUP BY 1 ORDER BY 1",
        ),
        Table("behaviour.customer"),
        Table(
            "behaviour.event",
            """SELECT strftime("time", '%Y-%m'), count(*) FROM behaviour.event GROUP BY 1 ORDER BY 1""",
        ),
        Table("behaviour.review"),
        Table("behaviour.query"),
        Table(
            "behaviour.promotion",
            "SELECT location, sum(stores) FROM behaviour.promotion GROUP BY 1 ORDER BY 2 DESC",
        ),
        Table("behaviour.campaign"),
        Table("behaviour.coupon"),
        Table("behaviour.redemption"),
        Table("ops.load", "SELECT kind, sum(rows_loaded) FROM ops.load GROUP BY 1 ORDER BY 1"),
        Table(
            "ops.reject",
            "SELECT coalesce(field, 'row'), count(*) FROM ops.reject GROUP BY 1 ORDER BY 2 DESC LIMIT 15",
        ),
    ),
    "facts": (
        Table(
            "facts.fact", "SELECT predicate, count(*) FROM facts.fact GROUP BY 1 ORDER BY 2 DESC"
        ),
        Table("facts.node", "SELECT kind, count(*) FROM facts.node GROUP BY 1 ORDER BY 2 DESC"),
    ),
}

assets = assets_of(MADE, {})
