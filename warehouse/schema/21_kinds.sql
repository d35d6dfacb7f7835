-- Facts that follow from the catalog and from behaviour for documents of more kinds: what a category
-- offers, when and with what it is bought, what answers a query, what reviews speak of.
INSERT INTO facts.predicate VALUES
('variantCount', 'product_group', 'literal', NULL, 'one', 'https://wareword.org/ns#variantCount',
    'Number of products of the group of variants'),
('lowPrice', 'category', 'literal', 'USD', 'one', 'https://schema.org/lowPrice',
    'Lowest price of the products of the category, where all prices have one currency'),
('highPrice', 'category', 'literal', 'USD', 'one', 'https://schema.org/highPrice',
    'Highest price of the products of the category, where all prices have one currency'),
('offersBrand', 'category', 'brand', NULL, 'many', 'https://wareword.org/ns#offersBrand',
    'One of the brands with most products of the category; confidence is its share of them'),
('offersMaker', 'category', 'manufacturer', NULL, 'many', 'https://wareword.org/ns#offersMaker',
    'One of the makers with most products of the category; confidence is its share of them'),
('offersSize', 'category', 'literal', NULL, 'many', 'https://wareword.org/ns#offersSize',
    'One of the commonest package sizes of the category; confidence is its share of the products'),
('mostBought', 'category', 'product', NULL, 'many', 'https://wareword.org/ns#mostBought',
    'One of the products of the category that most households buy, at least 20; confidence is '
    'the share of the baskets with the category that hold it'),
('goesWith', 'category', 'category', NULL, 'many', 'https://wareword.org/ns#goesWith',
    'Bought in one basket at least twice as often as by chance, by at least 20 households; '
    'confidence is the share of the baskets with the category that hold the other one'),
('peaksIn', 'category', 'literal', NULL, 'many', 'https://wareword.org/ns#peaksIn',
    'Month (01 to 12) whose share of the category''s baskets is at least a quarter larger than of '
    'all baskets, from at least 20 households; confidence is that share of the category'),
('peaksOn', 'category', 'literal', NULL, 'many', 'https://wareword.org/ns#peaksOn',
    'Day of the week (1 is Monday) whose share of the category''s baskets is at least a quarter '
    'larger than of all baskets, from at least 20 households; confidence is that share of the '
    'category'),
('peaksAt', 'category', 'literal', NULL, 'many', 'https://wareword.org/ns#peaksAt',
    'Time of day (morning from 5, afternoon from 12, evening from 17, night from 22, UTC as '
    'loaded) whose share of the category''s baskets is at least a quarter larger than of all '
    'baskets, from at least 20 households; confidence is that share of the category'),
('answeredBy', 'query', 'product', NULL, 'many', 'https://wareword.org/ns#answeredBy',
    'Product that answers the query: as judged, or chosen by at least 20 customers'),
('substitutedBy', 'query', 'product', NULL, 'many', 'https://wareword.org/ns#substitutedBy',
    'Product that is judged to do in place of what the query asks for'),
('complementedBy', 'query', 'product', NULL, 'many', 'https://wareword.org/ns#complementedBy',
    'Product that is judged to go with what the query asks for'),
('reviewCount', 'product', 'literal', NULL, 'one', 'https://schema.org/reviewCount',
    'Reviews of the product; confidence is the share of those with four stars or more');

-- What reviews speak of: the words of each aspect, found as whole words in title and text.
CREATE TABLE facts.review_aspect (
    aspect VARCHAR PRIMARY KEY,
    pattern VARCHAR NOT NULL
);
COMMENT ON TABLE facts.review_aspect IS
    'The aspects that reviews are searched for. English words, found in lower case; a review '
    'speaks of each aspect of which it has a word';
COMMENT ON COLUMN facts.review_aspect.aspect IS
    'Aspect; facts.predicate has aspectReviews and aspectQuote for each';
COMMENT ON COLUMN facts.review_aspect.pattern IS 'Regular expression of its words';
INSERT INTO facts.review_aspect VALUES
('quality', '\b(quality|well[- ]made|poorly made|flims(y|iest)|sturdy|cheaply made)\b'),
('price', '\b(price|prices|priced|cost|costs|value|expensive|affordable|overpriced|bargain)\b'),
('size', '\b(size|sized|sizes|sizing|fit|fits|fitted|too (small|large|big)|tight|roomy)\b'),
('comfort', '\b(comfort|comfortable|comfy|uncomfortable|itchy|soft)\b'),
('appearance', '\b(looks?|looked|beautiful|pretty|ugly|stylish|colou?rs?|design|gorgeous)\b'),
('durability',
    '\b(broke|broken|breaks|lasted|lasting|durable|durability|worn|wore out|fell apart)\b'),
('usability', '\b(easy|easily|ease of use|difficult to|hard to|simple|instructions|user[- ]friendly)\b'),
('smell', '\b(smells?|smelled|scent|scented|odou?r|fragrance)\b'),
('taste', '\b(tastes?|tasted|tasty|flavou?rs?|delicious|bland)\b'),
('packaging', '\b(packaging|packaged|package|box|leaked|sealed)\b'),
('delivery', '\b(delivery|delivered|shipping|shipped|arrived|arrives)\b'),
('sound', '\b(sound|sounds|audio|loud|volume|noise|noisy|bass)\b'),
('battery', '\b(battery|batteries|charge|charges|charged|charging)\b');

INSERT INTO facts.predicate
SELECT
    aspect || 'Reviews', 'product', 'literal', NULL, 'one',
    'https://wareword.org/ns#' || aspect || 'Reviews',
    'Reviews that speak of the ' || aspect || ' of the product, at least three (words: '
    'facts.review_aspect); confidence is the share of them with four stars or more'
FROM facts.review_aspect
UNION ALL
SELECT
    aspect || 'Quote', 'product', 'literal', NULL, 'one',
    'https://wareword.org/ns#' || aspect || 'Quote',
    'Sentence of a review that speaks of the ' || aspect || ' of the product: of 20 to 120 '
    'letters, from the side of most of these reviews, by the most helpful one'
FROM facts.review_aspect;

COMMENT ON COLUMN facts.node.kind IS
    'product, category, brand, manufacturer, product_group, customer, segment or query';
COMMENT ON COLUMN facts.fact.confidence IS
    'Probability that the statement is right; 1 for what a source states of itself. Of what is '
    'derived from behaviour and of what a category offers a share: which one tells the '
    'description in facts.predicate';
