"""Tables and models of the graph house."""

from pipelines.assets import File, Made, Table, assets_of, warehouse

MADE: Made = {
    "build": (
        Table("graph.node_type", 'SELECT "type", nodes FROM graph.node_type ORDER BY 1'),
        Table(
            "graph.edge_type",
            "SELECT relation, sum(edges) FROM graph.edge_type GROUP BY 1 ORDER BY 1",
        ),
    ),
    "attributes": (File("models/attributes.pt", "The model that predicts attributes"),),
    "links": (
        File("models/links.pt", "The model that predicts purchases"),
        Table(
            "graph.metric",
            """
            SELECT concat_ws(' ', task, model, scope), value FROM graph.metric
            WHERE split = 'test' AND metric IN ('accuracy', 'NDCG@10') ORDER BY task, scope, value DESC
            """,
        ),
        Table("graph.learning_curve"),
        Table(
            "graph.calibration",
            """
            SELECT concat(task, ', said ', round(confidence, 2)), accuracy FROM graph.calibration
            WHERE state = 'after' ORDER BY task, bin
            """,
        ),
    ),
    "predict": (
        Table(
            "graph.prediction", "SELECT task, count(*) FROM graph.prediction GROUP BY 1 ORDER BY 1"
        ),
    ),
}

assets = assets_of(MADE, warehouse.MADE)
