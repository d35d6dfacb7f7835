"""What each stage makes, and which picture shows it best."""

from pipelines.assets import File, Made, Table

MADE: Made = {
    "load": (
        Table(
            "catalog.product",
            """
            SELECT coalesce(department, 'none'), count(*) FROM catalog.product
            GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 15
            """,
        ),
        Table(
            "catalog.category",
            """
            SELECT coalesce(level, 'unknown'), count(*) FROM catalog.category
            GROUP BY 1 ORDER BY 1
            """,
        ),
        Table("behaviour.customer"),
        Table(
            "behaviour.event",
            """
            SELECT strftime("time", '%Y-%m'), count(*) FROM behaviour.event
            GROUP BY 1 ORDER BY 1 DESC LIMIT 24
            """,
        ),
        Table("behaviour.review"),
        Table("behaviour.query"),
        Table("behaviour.judgment"),
        Table(
            "behaviour.promotion",
            """
            SELECT medium || ': ' || location, sum(stores) FROM behaviour.promotion
            GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 20
            """,
        ),
        Table("behaviour.campaign"),
        Table("behaviour.coupon"),
        Table("behaviour.redemption"),
        Table("ops.load", "SELECT kind, sum(rows_loaded) FROM ops.load GROUP BY 1 ORDER BY 1"),
        Table("ops.licence", "SELECT licence, count(*) FROM ops.licence GROUP BY 1 ORDER BY 1"),
        Table(
            "ops.reject",
            """
            SELECT coalesce(field, 'row'), count(*) FROM ops.reject
            GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 15
            """,
        ),
        Table(
            "ops.contract",
            """
            SELECT concat('version ', version), count(*) FROM ops.contract
            GROUP BY 1 ORDER BY 1
            """,
        ),
        Table(
            "ops.audit",
            """
            SELECT "check", coalesce(max(value), 0) FROM ops.audit
            GROUP BY 1 ORDER BY 1 LIMIT 20
            """,
        ),
    ),
    "facts": (
        Table(
            "facts.fact",
            "SELECT predicate, count(*) FROM facts.fact GROUP BY 1 ORDER BY 2 DESC, 1",
        ),
        Table("facts.node", "SELECT kind, count(*) FROM facts.node GROUP BY 1 ORDER BY 2 DESC, 1"),
    ),
    "extract": (
        Table(
            "facts.evidence",
            """
            SELECT predicate || ', ' || field, count(*)
            FROM facts.evidence JOIN facts.current USING (fact_id)
            GROUP BY 1 ORDER BY 2 DESC, 1
            """,
        ),
        Table(
            "facts.extraction",
            """
            SELECT concat(predicate, ', ', measure), share FROM facts.extraction
            UNPIVOT (share FOR measure IN ("precision", recall)) ORDER BY predicate, measure
            """,
        ),
    ),
    "resolve": (
        Table(
            "catalog.candidate_pair",
            """
            SELECT printf('%.1f to %.1f', bin / 10, (bin + 1) / 10), count(*) FROM (
                SELECT least(floor(probability * 10), 9) AS bin FROM catalog.candidate_pair
            )
            GROUP BY bin ORDER BY bin
            """,
        ),
        Table(
            "ops.resolution",
            """
            SELECT unnest(['pairs', 'matches', 'conflicts']), unnest([pairs, matches, conflicts])
            FROM ops.resolution QUALIFY row_number() OVER (ORDER BY "sequence" DESC) = 1
            """,
        ),
        Table(
            "ops.question",
            """
            SELECT concat('question ', "sequence"), gain FROM ops.question
            ORDER BY "sequence" LIMIT 20
            """,
        ),
        Table("ops.answer", "SELECT answer, count(*) FROM ops.answer GROUP BY 1 ORDER BY 1"),
    ),
    "build": (
        Table("graph.node_type", 'SELECT "type", nodes FROM graph.node_type ORDER BY 2 DESC, 1'),
        Table(
            "graph.edge_type",
            "SELECT relation, sum(edges) FROM graph.edge_type GROUP BY 1 ORDER BY 2 DESC, 1",
        ),
    ),
    "attributes": (File("models/attributes.pt", "The model that predicts attributes"),),
    "links": (File("models/links.pt", "The model that predicts purchases"),),
    # Both trainings write the measures, so they are whole when predictions are made.
    "predict": (
        Table(
            "graph.prediction",
            "SELECT task, count(*) FROM graph.prediction GROUP BY 1 ORDER BY 1",
        ),
        Table(
            "graph.metric",
            """
            SELECT concat_ws(', ', task, scope, model), value FROM graph.metric
            WHERE split = 'test' AND metric IN ('accuracy', 'NDCG@10')
            ORDER BY task, scope, value DESC, model
            """,
        ),
        Table(
            "graph.learning_curve",
            """
            SELECT concat(task, ', ', quantity, ', epoch ', step), value FROM graph.learning_curve
            WHERE contains(quantity, 'validation') ORDER BY task, quantity, step
            """,
        ),
        Table(
            "graph.calibration",
            """
            SELECT concat(task, ', said ', printf('%.2f', confidence)), accuracy
            FROM graph.calibration WHERE state = 'after' ORDER BY task, bin
            """,
        ),
    ),
    "render": (
        Table(
            "text.document",
            "SELECT kind, count(*) FROM text.document GROUP BY 1 ORDER BY 1",
        ),
        Table(
            "text.statement",
            """
            SELECT template, count(*) FROM text.statement
            GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 20
            """,
        ),
        Table(
            "text.variant",
            "SELECT register, count(*) FROM text.variant GROUP BY 1 ORDER BY 2 DESC, 1",
        ),
        Table(
            "text.screened",
            """
            SELECT coalesce(reason, 'masked'), count(*) FROM text.screened
            GROUP BY 1 ORDER BY 2 DESC, 1
            """,
        ),
    ),
    "rewrite": (
        Table(
            "text.rewrite",
            """
            SELECT concat(form, ', ', coalesce(reason, 'kept')), count(*)
            FROM text.rewrite GROUP BY 1 ORDER BY 2 DESC, 1
            """,
        ),
    ),
    "curate": (
        Table(
            "text.removed",
            """
            SELECT concat(stage, ': ', reason), count(*) FROM text.removed
            GROUP BY 1 ORDER BY 2 DESC, 1
            """,
        ),
        Table(
            "text.masked",
            """
            SELECT kind, count(*) FROM (SELECT unnest(kinds) AS kind FROM text.masked)
            GROUP BY 1 ORDER BY 2 DESC, 1
            """,
        ),
        Table(
            "text.signal",
            """
            SELECT coalesce(language, 'too short to tell'), count(*) FROM text.signal
            GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 15
            """,
        ),
        Table(
            "text.state",
            """
            SELECT unnest(['added', 'changed', 'withdrawn']), unnest([added, changed, withdrawn])
            FROM text.state ORDER BY as_of DESC LIMIT 3
            """,
        ),
        Table(
            "text.revision",
            """
            SELECT coalesce(reason, 'in the corpus'), count(*) FROM text.revision
            GROUP BY 1 ORDER BY 2 DESC, 1
            """,
        ),
        Table(
            "text.variety",
            """
            SELECT concat("language", ', distinct-', words), share FROM (
                SELECT "language", unnest([1, 2, 3]) AS words,
                    unnest([distinct_1, distinct_2, distinct_3]) AS share
                FROM text.variety
            )
            ORDER BY 1
            """,
        ),
        File("models/tokenizer.json", "The tokenizer by which documents are counted"),
    ),
    "export": (
        File("corpus/dolma", "The corpus as Dolma JSONL.zst, with its datasheet"),
        File("corpus/hf", "The corpus as Hugging Face Parquet, with its card"),
        Table(
            "text.mixture",
            """
            SELECT concat_ws(', ', corpus, 'phase ' || phase, source), tokens FROM text.mixture
            ORDER BY corpus, phase, source LIMIT 20
            """,
        ),
    ),
    "efficacy": (
        Table("text.efficacy", "SELECT corpus, recall FROM text.efficacy ORDER BY recall DESC, 1"),
        Table(
            "text.efficacy_measure",
            """
            SELECT concat_ws(', ', scope, corpus), value FROM text.efficacy_measure
            WHERE measure = 'recall' AND slot = 'all' ORDER BY scope, value DESC, corpus
            """,
        ),
    ),
    "edits": (
        Table(
            "edit.change",
            """
            SELECT concat(change, ', ', predicate), count(*) FROM edit.change
            GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 20
            """,
        ),
        Table(
            "edit.request",
            "SELECT predicate, count(*) FROM edit.request GROUP BY 1 ORDER BY 2 DESC, 1",
        ),
        File("edits", "Edit requests as CounterFact records and as arguments of EasyEdit"),
    ),
    "report": (File("report.html", "One page with all pictures, for any browser"),),
}
