"""The report: harmless whatever the catalog says, the same each time, honest where there is
nothing."""

from datetime import datetime
from html import unescape

from editing import write_requests
from pipelines.report import write_report
from pipelines.report.names import name_of
from pipelines.report.sections import corpus, models
from verbalize.render import render
from warehouse.connection import only_row
from warehouse.contracts import Contract, Field, Rule
from warehouse.facts import derive
from warehouse.load import load

HOSTILE = (
    "<script>alert(1)</script>{{ 7 * 7 }}{% raw %}\u202e\x07</title><img src=x onerror=alert(1)>"
)


def test_of_an_empty_warehouse_it_says_what_is_missing(connection, tmp_path):
    page = write_report(connection, tmp_path / "report.html").read_text()
    for said in (
        "No row was turned away",
        "there is no history to draw",
        "There are no products yet",
        "No model was trained",
        "No document was written yet",
        "Nothing differs",
    ):
        assert said in page


def test_hostile_text_of_a_catalog_is_harmless(connection, tmp_path):
    path = tmp_path / "products.csv"
    text = HOSTILE.replace('"', "")
    path.write_text(f'id,title,brand,category\n1,"{text}","{text}","{text}"\n,"{text}",b,c\n')
    load(connection, path, as_of=datetime(2024, 1, 1))
    derive(connection)
    page = write_report(connection, tmp_path / "report.html").read_text()
    assert "&lt;script&gt;" in page
    assert "<script" not in page and "<img" not in page
    assert "{{ 7 * 7 }}" in page
    assert not {"\u202e", "\x07"} & set(page)


def test_it_shows_no_row_of_one_person(connection, tmp_path):
    path = tmp_path / "f.csv"
    path.write_text("id,title,price\n1,Mug,1\n2,Cup,dear\n")
    load(connection, path, as_of=datetime(2024, 1, 1))
    head = "user_id,item_id,event,timestamp\n"
    path.write_text(head + "anna,1,view,2024-01-01\nberta,9,view,2024-01-01\n")
    load(connection, path, as_of=datetime(2024, 1, 1))
    page = write_report(connection, tmp_path / "report.html").read_text()
    assert "Cup" in page and "no such product is loaded" in page
    assert "berta" not in page


def test_a_load_is_shown_with_its_contract_its_figures_and_what_was_turned_away(
    connection, tmp_path
):
    contract = Contract(
        "shop", "product", {"key": "id", "price": "price"}, version="3.1.4",
        fields=(Field("id"), Field("price", "number")),
        rules=(Rule("rowCount", "mustBeGreaterThan", (7.0,), strict=False),),
    )  # fmt: skip
    path = tmp_path / "f.csv"
    path.write_text("id,price,new\n1,1,\n2,dear,\n3,cheap,\n4,2,\n")
    load(connection, path, as_of=datetime(2024, 1, 1), contract=contract)
    page = write_report(connection, tmp_path / "report.html").read_text()
    assert "3.1.4; column &#39;new&#39; (empty) is new" in page
    assert "more than 7</td><td>no" in page
    assert "price: expected an amount of money such as 12.50" in page


def test_products_that_nothing_joins_are_not_called_missing(connection, tmp_path):
    path = tmp_path / "abt.csv"
    for day, price in ((1, 4), (2, 3)):
        path.write_text(f"id,title,description,price\n1,Mug,A blue mug,{price}\n")
        load(connection, path, as_of=datetime(2024, 1, day))
    derive(connection)
    page = write_report(connection, tmp_path / "report.html").read_text()
    assert "No fact joins a product to anything" in page
    assert "2 shelf prices; each is" in page
    assert ">display<" not in page and ">mailer<" not in page


def test_what_is_not_asked_about_an_edit_is_not_counted(connection, tmp_path):
    path = tmp_path / "mugs.csv"
    for day, price in ((1, 4), (9, 3)):
        path.write_text(f"id,title,price\n1,Mug,{price}\n")
        load(connection, path, as_of=datetime(2024, 1, day))
    write_requests(connection, datetime(2024, 1, 2), datetime(2024, 1, 10))
    page = write_report(connection, tmp_path / "report.html").read_text()
    assert " rephrasings" in page
    assert "0 things" not in page and "0 that follow" not in page


def test_the_same_warehouse_gives_the_same_bytes(sample, tmp_path):
    first = write_report(sample, tmp_path / "first.html").read_bytes()
    assert first == write_report(sample, tmp_path / "second.html").read_bytes()
    assert b"hold now" in first and b"counted by product, week and place" in first


def test_it_says_plainly_who_wins(connection):
    connection.executemany(
        "INSERT INTO graph.metric VALUES (?, ?, 'test', 'all', 'accuracy', ?, 'share right', 100)",
        [
            ["category", "ours", 0.5],
            ["category", "majority", 0.75],
            ["brand", "ours", 0.9],
            ["brand", "majority", 0.1],
            ["size", "ours", 0.5],
            ["size", "majority", 0.5],
        ],
    )
    connection.execute("INSERT INTO graph.learning_curve VALUES ('category', 'ours', 1, 'loss', 1)")
    verdicts = [task["verdict"] for task in models.section(connection)["tasks"]]
    assert verdicts == [
        "The model loses to “majority”: accuracy 0.500 against 0.750.",
        "The model wins: accuracy 0.900 against 0.100 of the best baseline, “majority”.",
        "The model and “majority” are level: accuracy 0.500 against 0.500.",
    ]


def test_what_was_left_out_is_named_without_what_it_should_not_say(connection, tmp_path):
    for name, title, text, reason in (
        ("a", "Tea of bob@example.com, what shit", "Some shit is sold here.", "toxic_words > 0"),
        ("b", "Milk", "Ask bob@example.com for the secret word.", "words < 9"),
    ):
        connection.execute(
            "INSERT INTO text.document VALUES (?, 'product', 'en', 'product:1', ?, ?, NULL)",
            [name, title, text],
        )
        connection.execute(
            "INSERT INTO text.removed VALUES (?, 'filter', ?, 'for some shit', NULL)",
            [name, reason],
        )
    connection.execute(
        "INSERT INTO text.document VALUES ('c', 'product', 'en', 'p', 'Peas', 'Peas.', 1)"
    )
    page = write_report(connection, tmp_path / "report.html").read_text()
    assert "Tea of [EMAIL], what [...]" in page and "Milk" in page
    assert "shit" not in page and "example.com" not in page and "secret word" not in page


def test_it_shows_licences_of_sources_and_conversations(connection, tmp_path):
    path = tmp_path / "teas.csv"
    path.write_text("id,title,brand\n7,Green tea,Acme\n8,Black tea,Acme\n")
    load(connection, path, source="shop", as_of=datetime(2024, 1, 1), licence="cc-by-4.0")
    load(connection, path, source="other", as_of=datetime(2024, 1, 1))
    derive(connection)
    render(connection, kinds=("product", "product_questions"))
    page = write_report(connection, tmp_path / "report.html").read_text()
    assert "<td>shop</td><td>CC-BY-4.0</td>" in page
    assert "<td>other</td><td>not stated</td>" in page
    assert "Questions with their answers" in page
    question, answer = corpus.section(connection)["conversations"][0]
    assert question.endswith("?") and question in unescape(page)
    assert "tea" in answer and answer in unescape(page)


def test_things_are_called_by_their_english_names_whatever_languages_there_are(
    connection, tmp_path
):
    path = tmp_path / "f.csv"
    path.write_text("id,title,brand\n1,Mug,Acme\n2,Cup,Acme\n")
    load(connection, path, as_of=datetime(2024, 1, 1))
    derive(connection)
    render(connection, languages=["de", "en"], kinds=["product"])
    titles = "SELECT language, title FROM text.document JOIN facts.node ON subject = node_id "
    rows = dict(connection.execute(titles + "WHERE key = '1'").fetchall())
    (node,) = only_row(connection, "SELECT node_id FROM facts.node WHERE key = '1'")
    assert name_of(connection, node) == rows["en"] != rows["de"]
    assert {row["trace"].title for row in corpus.section(connection)["examples"]} <= {
        title
        for (title,) in connection.execute(
            "SELECT title FROM text.document WHERE language = 'en'"
        ).fetchall()
    }
    connection.execute("DELETE FROM text.document WHERE language = 'en'")
    assert name_of(connection, node) == rows["de"]
