"""The canonical kinds of rows and their declared columns: what a feed may hold, and every check
that it must pass.

A kind names a table of the warehouse. Its columns say type, range, choices, references and header
names that sources use; matching, checking and publishing follow these declarations and know no kind
by name.
"""

import re
from dataclasses import dataclass, field

TEXT_LIMIT = 1_000
LONG_TEXT_LIMIT = 100_000
ADDRESS_LIMIT = 2_000


@dataclass(frozen=True)
class Column:
    """A column that a feed can fill.

    `type` is one of text, path (a category, or a path of them: A > B), integer, number, money,
    time. `reference` names the kind whose key the
    value must be. `predicate` is the fact that the column states about the row's node, if any.
    `limit` bounds the length of text. `written_in` names the column of money beside whose amount
    the value may be written. `vague` are headers that fit, and say too little for a guess of the
    kind.
    """

    name: str
    type: str = "text"
    required: bool = False
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()
    pattern: str | None = None
    gtin: bool = False
    reference: str | None = None
    must_exist: bool = True
    limit: int = TEXT_LIMIT
    synonyms: tuple[str, ...] = ()
    predicate: str | None = None
    written_in: str | None = None
    vague: tuple[str, ...] = ()

    def wrong(self, text: str) -> str | None:
        """What a text should have been to be a value of the column, by its choices or pattern."""
        if self.choices and text.strip().lower() not in self.choices:
            return f"one of {', '.join(self.choices)}"
        if self.pattern and not re.fullmatch(self.pattern, text.strip()):
            return f"the form {self.pattern}"
        return None


@dataclass(frozen=True)
class Kind:
    """A kind of rows.

    An entity has a key and is replaced by its newest row; other rows are replaced file by file.
    Where the user names no kind, a guess of this one needs one of the columns `told_by`. `rest`
    tells that the table keeps what has no column of its own, in one that is called so.
    """

    name: str
    table: str
    columns: tuple[Column, ...]
    identifier: str | None = None
    node: bool = False
    told_by: tuple[str, ...] = ()
    rest: bool = False
    columns_by_name: dict[str, Column] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(
            self, "columns_by_name", {column.name: column for column in self.columns}
        )


_CURRENCY = "[A-Z]{3}"
_WEB_ADDRESS = "https?://.+"
# Of the web, or a path on the shop's own pages.
_IMAGE_ADDRESS = "(https?:)?//.+|[^:]+"

PRODUCT = Kind(
    name="product",
    table="catalog.product",
    identifier="product_id",
    node=True,
    told_by=(
        "gtin",
        "name",
        "description",
        "brand",
        "manufacturer",
        "department",
        "category",
        "product_type",
        "size",
        "color",
        "price",
        "mpn",
        "availability",
        "sale_price",
    ),
    columns=(
        Column(
            "key",
            required=True,
            predicate="sku",
            synonyms=(
                "id",
                "product_id",
                "productid",
                "item_id",
                "sku",
                "asin",
                "item_number",
                "article_number",
            ),
        ),
        Column(
            "gtin",
            gtin=True,
            predicate="gtin",
            synonyms=("ean", "upc", "gtin13", "gtin12", "barcode", "isbn13"),
        ),
        Column(
            "name",
            predicate="name",
            synonyms=("title", "product_name", "product_title", "item_name", "label"),
        ),
        Column(
            "description",
            limit=LONG_TEXT_LIMIT,
            predicate="description",
            synonyms=("product_description", "long_description", "body", "details"),
        ),
        Column("brand", predicate="brand", synonyms=("brand_name", "product_brand")),
        Column(
            "manufacturer",
            predicate="manufacturer",
            synonyms=("manufacturer_id", "maker", "producer", "vendor", "mfr"),
        ),
        Column("department", predicate="department", synonyms=("division",)),
        Column(
            "category",
            type="path",
            predicate="category",
            synonyms=(
                "product_category",
                "category_name",
                "categories",
                "category_path",
                "google_product_category",
            ),
        ),
        Column(
            "product_type",
            predicate="productType",
            synonyms=("type", "subcategory", "sub_category"),
        ),
        Column(
            "size",
            predicate="size",
            synonyms=("package_size", "pack_size", "net_content", "weight"),
        ),
        Column("color", predicate="color", synonyms=("colour", "color_name")),
        Column(
            "price",
            type="money",
            minimum=0,
            predicate="price",
            synonyms=("list_price", "unit_price", "amount"),
        ),
        Column(
            "currency",
            pattern=_CURRENCY,
            written_in="price",
            synonyms=("price_currency", "currency_code"),
        ),
        Column(
            "url",
            pattern=_WEB_ADDRESS,
            limit=ADDRESS_LIMIT,
            predicate="url",
            synonyms=("link", "product_url", "page"),
        ),
        Column(
            "mpn",
            predicate="mpn",
            synonyms=(
                "model_number",
                "modelno",
                "manufacturer_part_number",
                "part_number",
                "model",
            ),
        ),
        Column(
            "condition", predicate="itemCondition", synonyms=("item_condition", "product_condition")
        ),
        Column(
            "availability",
            predicate="availability",
            synonyms=("stock_status", "availability_status"),
        ),
        Column(
            "sale_price",
            type="money",
            minimum=0,
            predicate="salePrice",
            synonyms=("special_price", "discount_price", "discounted_price", "promo_price"),
        ),
        Column(
            "variant_group",
            predicate="isVariantOf",
            synonyms=("item_group_id", "product_group_id", "group_id", "parent_sku"),
        ),
        Column(
            "image",
            pattern=_IMAGE_ADDRESS,
            limit=ADDRESS_LIMIT,
            predicate="image",
            synonyms=("image_link", "image_url", "image_src", "main_image", "picture"),
        ),
        Column(
            "average_rating",
            type="number",
            minimum=0,
            maximum=5,
            predicate="ratingValue",
            synonyms=("rating_value", "mean_rating", "avg_rating"),
        ),
        Column(
            "rating_count",
            type="integer",
            minimum=0,
            predicate="ratingCount",
            synonyms=("rating_number", "review_count", "number_of_ratings", "number_of_reviews"),
        ),
    ),
)
CATEGORY = Kind(
    name="category",
    table="catalog.category",
    identifier="category_id",
    node=True,
    told_by=("key", "name", "level", "parent"),
    columns=(
        Column(
            "key",
            type="path",
            required=True,
            synonyms=("id", "category_id", "code", "path"),
            vague=("key", "id", "code", "path"),
        ),
        Column(
            "name",
            required=True,
            synonyms=("category_name", "title", "label"),
            vague=("name", "title", "label"),
        ),
        Column("level", choices=("department", "category", "type"), predicate="level"),
        Column(
            "parent",
            type="path",
            reference="category",
            must_exist=False,
            predicate="broader",
            synonyms=("parent_id", "parent_category", "parent_key", "broader"),
        ),
    ),
)
CUSTOMER = Kind(
    name="customer",
    table="behaviour.customer",
    identifier="customer_id",
    node=True,
    told_by=(
        "age",
        "income",
        "home_ownership",
        "marital_status",
        "household_size",
        "composition",
        "children",
    ),
    columns=(
        Column(
            "key",
            required=True,
            synonyms=("id", "customer_id", "household_id", "user_id", "client_id", "member_id"),
        ),
        Column("age", predicate="age", synonyms=("age_band", "age_group")),
        Column("income", predicate="income", synonyms=("income_band", "income_group")),
        Column("home_ownership", predicate="homeOwnership", synonyms=("homeowner",)),
        Column("marital_status", predicate="maritalStatus"),
        Column("household_size", predicate="householdSize"),
        Column(
            "composition",
            predicate="composition",
            synonyms=("household_comp", "household_composition"),
        ),
        Column(
            "children", predicate="children", synonyms=("kids_count", "kids", "number_of_children")
        ),
    ),
)
EVENT = Kind(
    name="event",
    table="behaviour.event",
    rest=True,
    columns=(
        Column(
            "event_type",
            required=True,
            choices=(
                "view",
                "click",
                "like",
                "cart",
                "offer",
                "checkout",
                "purchase",
                "return",
            ),
            synonyms=("event", "action", "type", "interaction"),
        ),
        Column(
            "customer",
            reference="customer",
            must_exist=False,
            synonyms=(
                "customer_id",
                "household_id",
                "user_id",
                "client_id",
                "visitor_id",
                "visitorid",
            ),
        ),
        Column(
            "product",
            required=True,
            reference="product",
            synonyms=("product_id", "item_id", "itemid", "sku", "asin", "article_id", "key"),
        ),
        Column(
            "time",
            type="time",
            required=True,
            synonyms=(
                "timestamp",
                "event_time",
                "ts",
                "date",
                "datetime",
                "created_at",
                "transaction_timestamp",
                "ordered_at",
                "order_date",
                "purchased_at",
            ),
        ),
        Column("quantity", type="number", minimum=0, synonyms=("qty", "units", "count")),
        Column(
            "value",
            type="money",
            minimum=0,
            synonyms=("sales_value", "revenue", "amount", "price", "total"),
        ),
        Column(
            "list_value",
            type="money",
            minimum=0,
            synonyms=("gross_value", "full_price", "shelf_value"),
        ),
        Column("session", synonyms=("session_id", "visit_id", "sessionid")),
        Column(
            "basket", synonyms=("basket_id", "order_id", "transaction_id", "cart_id", "invoice")
        ),
        Column("store", synonyms=("store_id", "channel", "shop")),
    ),
)
REVIEW = Kind(
    name="review",
    table="behaviour.review",
    rest=True,
    identifier="review_id",
    told_by=("key", "rating", "body", "helpful_votes"),
    columns=(
        Column("key", synonyms=("id", "review_id"), vague=("key", "id")),
        Column(
            "product",
            required=True,
            reference="product",
            synonyms=("product_id", "item_id", "asin", "sku", "parent_asin"),
        ),
        Column(
            "customer",
            reference="customer",
            must_exist=False,
            synonyms=("customer_id", "user_id", "author", "reviewer_id", "reviewerid"),
        ),
        Column(
            "rating",
            type="number",
            minimum=0,
            maximum=5,
            synonyms=("stars", "score", "overall", "star_rating"),
        ),
        Column("title", synonyms=("headline", "review_title", "summary")),
        Column(
            "body",
            required=True,
            limit=LONG_TEXT_LIMIT,
            synonyms=("text", "review", "review_text", "review_body", "comment", "content"),
            vague=("body", "text", "comment", "content"),
        ),
        Column(
            "time",
            type="time",
            synonyms=("timestamp", "date", "review_date", "created_at", "unixreviewtime"),
        ),
        Column(
            "helpful_votes",
            type="integer",
            minimum=0,
            synonyms=("helpful", "helpful_vote", "votes"),
        ),
    ),
)
QUERY = Kind(
    name="query",
    table="behaviour.query",
    rest=True,
    identifier="query_id",
    told_by=("key", "text"),
    columns=(
        Column("key", synonyms=("id", "query_id", "search_id"), vague=("key", "id")),
        Column(
            "text",
            required=True,
            synonyms=("query", "search", "search_term", "search_query", "keywords", "q"),
            vague=("text",),
        ),
        Column(
            "customer",
            reference="customer",
            must_exist=False,
            synonyms=("customer_id", "user_id", "visitor_id"),
        ),
        Column(
            "product",
            reference="product",
            synonyms=("product_id", "item_id", "asin", "clicked_product"),
        ),
        Column("relevance", synonyms=("esci_label", "label", "judgment", "judgement", "grade")),
        Column("time", type="time", synonyms=("timestamp", "date", "searched_at")),
    ),
)
JUDGMENT = Kind(
    name="judgment",
    table="behaviour.judgment",
    rest=True,
    told_by=("grade",),
    columns=(
        Column("query", required=True, reference="query", synonyms=("query_id",)),
        Column(
            "product",
            required=True,
            reference="product",
            synonyms=("product_id", "item_id", "asin"),
        ),
        Column("label", synonyms=("judgment", "judgement", "relevance_label")),
        Column(
            "grade",
            type="number",
            required=True,
            minimum=0,
            maximum=1,
            synonyms=("gain", "relevance_grade"),
        ),
    ),
)
PROMOTION = Kind(
    name="promotion",
    table="behaviour.promotion",
    columns=(
        Column("product", required=True, reference="product", synonyms=("product_id",)),
        Column("week_start", type="time", required=True),
        Column("medium", required=True, choices=("display", "mailer")),
        Column("location", required=True),
        Column("stores", type="integer", required=True, minimum=1),
    ),
)
CAMPAIGN = Kind(
    name="campaign",
    table="behaviour.campaign",
    identifier="campaign_id",
    columns=(
        Column("key", required=True, synonyms=("campaign_id",)),
        Column("campaign_type"),
        Column("starts", type="time", required=True, synonyms=("start_date",)),
        Column("ends", type="time", required=True, synonyms=("end_date",)),
    ),
)
COUPON = Kind(
    name="coupon",
    table="behaviour.coupon",
    columns=(
        Column(
            "coupon",
            required=True,
            reference="coupon",
            must_exist=False,
            synonyms=("coupon_upc", "coupon_id", "coupon_code"),
        ),
        Column("campaign", required=True, reference="campaign", synonyms=("campaign_id",)),
        Column("product", required=True, reference="product", synonyms=("product_id",)),
    ),
)
REDEMPTION = Kind(
    name="redemption",
    table="behaviour.redemption",
    columns=(
        Column(
            "customer",
            required=True,
            reference="customer",
            must_exist=False,
            synonyms=("household_id", "customer_id"),
        ),
        Column(
            "coupon",
            required=True,
            reference="coupon",
            must_exist=False,
            synonyms=("coupon_upc", "coupon_id"),
        ),
        Column("campaign", required=True, reference="campaign", synonyms=("campaign_id",)),
        Column("time", type="time", required=True, synonyms=("redemption_date",)),
    ),
)

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        PRODUCT,
        CATEGORY,
        CUSTOMER,
        EVENT,
        REVIEW,
        QUERY,
        JUDGMENT,
        PROMOTION,
        CAMPAIGN,
        COUPON,
        REDEMPTION,
    )
}
