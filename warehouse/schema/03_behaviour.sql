-- Canonical behaviour: who did what with which product, and when.
CREATE SCHEMA IF NOT EXISTS behaviour;

CREATE TABLE behaviour.customer (
    customer_id VARCHAR NOT NULL,
    source VARCHAR NOT NULL,
    key VARCHAR NOT NULL,
    age VARCHAR,
    income VARCHAR,
    home_ownership VARCHAR,
    marital_status VARCHAR,
    household_size VARCHAR,
    composition VARCHAR,
    children VARCHAR,
    load_id VARCHAR NOT NULL
);
COMMENT ON TABLE behaviour.customer IS
    'Customers (households in the sample); personal data: only groups of at least 20 are ever '
    'put into text';
COMMENT ON COLUMN behaviour.customer.customer_id IS 'customer: and a hash of source and key';
COMMENT ON COLUMN behaviour.customer.source IS 'Data source';
COMMENT ON COLUMN behaviour.customer.key IS 'The identifier that the source itself uses';
COMMENT ON COLUMN behaviour.customer.age IS 'Age band, such as 35-44';
COMMENT ON COLUMN behaviour.customer.income IS 'Yearly income band in US dollars, such as 50-74K';
COMMENT ON COLUMN behaviour.customer.home_ownership IS 'Homeowner, renter and the like';
COMMENT ON COLUMN behaviour.customer.marital_status IS 'Married or Unmarried';
COMMENT ON COLUMN behaviour.customer.household_size IS 'Persons in the household, up to 5+';
COMMENT ON COLUMN behaviour.customer.composition IS 'Adults and children, such as 2 Adults Kids';
COMMENT ON COLUMN behaviour.customer.children IS 'Number of children, up to 3+';
COMMENT ON COLUMN behaviour.customer.load_id IS 'Load that last stated the customer';

CREATE TABLE behaviour.event (
    event_type VARCHAR NOT NULL,
    customer_id VARCHAR,
    product_id VARCHAR NOT NULL,
    "time" TIMESTAMP NOT NULL,
    quantity DOUBLE,
    value DECIMAL(18, 2),
    list_value DECIMAL(18, 2),
    session VARCHAR,
    basket VARCHAR,
    store VARCHAR,
    rest JSON,
    source VARCHAR NOT NULL,
    load_id VARCHAR NOT NULL
);
COMMENT ON TABLE behaviour.event IS 'What customers did with products, in the order of the source';
COMMENT ON COLUMN behaviour.event.event_type IS
    'view, click, like, cart, offer (of a price), checkout (begun), purchase or return';
COMMENT ON COLUMN behaviour.event.customer_id IS 'Customer; null for an unknown visitor';
COMMENT ON COLUMN behaviour.event.product_id IS 'Product, always one of catalog.product';
COMMENT ON COLUMN behaviour.event."time" IS 'When it happened (UTC)';
COMMENT ON COLUMN behaviour.event.quantity IS
    'Units; for fuel in the sample, thousandths of a gallon';
COMMENT ON COLUMN behaviour.event.value IS 'What the shop received for the line, in currency units';
COMMENT ON COLUMN behaviour.event.list_value IS
    'What the line costs at shelf price, before discounts: in the sample sales_value + '
    'retail_disc + coupon_match_disc';
COMMENT ON COLUMN behaviour.event.session IS 'Visit to which the event belongs';
COMMENT ON COLUMN behaviour.event.basket IS 'Basket or order to which the line belongs';
COMMENT ON COLUMN behaviour.event.store IS 'Store or channel';
COMMENT ON COLUMN behaviour.event.rest IS
    'What the file says beside, as one JSON object; null where it says no more';
COMMENT ON COLUMN behaviour.event.source IS 'Data source';
COMMENT ON COLUMN behaviour.event.load_id IS 'Load that brought the event';

CREATE TABLE behaviour.review (
    review_id VARCHAR NOT NULL,
    source VARCHAR NOT NULL,
    key VARCHAR NOT NULL,
    product_id VARCHAR NOT NULL,
    customer_id VARCHAR,
    rating DOUBLE,
    title VARCHAR,
    body VARCHAR,
    "time" TIMESTAMP,
    helpful_votes BIGINT,
    rest JSON,
    load_id VARCHAR NOT NULL
);
COMMENT ON TABLE behaviour.review IS 'Reviews as written; untrusted text';
COMMENT ON COLUMN behaviour.review.review_id IS 'review: and a hash of source and key';
COMMENT ON COLUMN behaviour.review.source IS 'Data source';
COMMENT ON COLUMN behaviour.review.key IS
    'The identifier that the source itself uses, or a hash of the row';
COMMENT ON COLUMN behaviour.review.product_id IS 'Product, always one of catalog.product';
COMMENT ON COLUMN behaviour.review.customer_id IS 'Author, if known';
COMMENT ON COLUMN behaviour.review.rating IS 'Stars, 0 to 5';
COMMENT ON COLUMN behaviour.review.title IS 'Headline';
COMMENT ON COLUMN behaviour.review.body IS 'Text';
COMMENT ON COLUMN behaviour.review."time" IS 'When it was written (UTC)';
COMMENT ON COLUMN behaviour.review.helpful_votes IS 'Readers who found it helpful';
COMMENT ON COLUMN behaviour.review.rest IS
    'What the file says beside, as one JSON object; null where it says no more';
COMMENT ON COLUMN behaviour.review.load_id IS 'Load that last stated the review';

CREATE TABLE behaviour.query (
    query_id VARCHAR NOT NULL,
    source VARCHAR NOT NULL,
    key VARCHAR NOT NULL,
    text VARCHAR NOT NULL,
    customer_id VARCHAR,
    product_id VARCHAR,
    relevance VARCHAR,
    "time" TIMESTAMP,
    rest JSON,
    load_id VARCHAR NOT NULL
);
COMMENT ON TABLE behaviour.query IS 'What people searched for, and what answers it; untrusted text';
COMMENT ON COLUMN behaviour.query.query_id IS 'query: and a hash of source and key';
COMMENT ON COLUMN behaviour.query.source IS 'Data source';
COMMENT ON COLUMN behaviour.query.key IS
    'The identifier that the source itself uses, or a hash of the row';
COMMENT ON COLUMN behaviour.query.text IS 'The words that were typed';
COMMENT ON COLUMN behaviour.query.customer_id IS 'Who searched, if known';
COMMENT ON COLUMN behaviour.query.product_id IS 'Product that was chosen or judged, if any';
COMMENT ON COLUMN behaviour.query.relevance IS 'Judgment of the product for the query, as stated';
COMMENT ON COLUMN behaviour.query."time" IS 'When it was asked (UTC)';
COMMENT ON COLUMN behaviour.query.rest IS
    'What the file says beside, as one JSON object; null where it says no more';
COMMENT ON COLUMN behaviour.query.load_id IS 'Load that last stated the query';

CREATE TABLE behaviour.judgment (
    query_id VARCHAR NOT NULL,
    product_id VARCHAR NOT NULL,
    label VARCHAR,
    grade DOUBLE NOT NULL,
    rest JSON,
    source VARCHAR NOT NULL,
    load_id VARCHAR NOT NULL
);
COMMENT ON TABLE behaviour.judgment IS
    'How well products answer queries, as people judged: one row a query and product';
COMMENT ON COLUMN behaviour.judgment.query_id IS 'Query, always one of behaviour.query';
COMMENT ON COLUMN behaviour.judgment.product_id IS 'Product, always one of catalog.product';
COMMENT ON COLUMN behaviour.judgment.label IS 'The judgment in words, such as substitute';
COMMENT ON COLUMN behaviour.judgment.grade IS
    'The judgment as a gain, from 0 (does not answer) to 1 (answers)';
COMMENT ON COLUMN behaviour.judgment.rest IS
    'What the file says beside, as one JSON object; null where it says no more';
COMMENT ON COLUMN behaviour.judgment.source IS 'Data source';
COMMENT ON COLUMN behaviour.judgment.load_id IS 'Load that brought the judgment';

CREATE TABLE behaviour.promotion (
    product_id VARCHAR NOT NULL,
    week_start TIMESTAMP NOT NULL,
    medium VARCHAR NOT NULL,
    location VARCHAR NOT NULL,
    stores BIGINT NOT NULL,
    source VARCHAR NOT NULL,
    load_id VARCHAR NOT NULL
);
COMMENT ON TABLE behaviour.promotion IS
    'Where a product was displayed in stores and printed in the mailer, by week, with the '
    'number of stores';
COMMENT ON COLUMN behaviour.promotion.product_id IS 'Product, always one of catalog.product';
COMMENT ON COLUMN behaviour.promotion.week_start IS 'First day of the week';
COMMENT ON COLUMN behaviour.promotion.medium IS
    'display (in the store) or mailer (printed advertisement)';
COMMENT ON COLUMN behaviour.promotion.location IS 'Place in the store or on the mailer, in words';
COMMENT ON COLUMN behaviour.promotion.stores IS 'Stores that had it there in that week';
COMMENT ON COLUMN behaviour.promotion.source IS 'Data source';
COMMENT ON COLUMN behaviour.promotion.load_id IS 'Load that brought the row';

CREATE TABLE behaviour.campaign (
    campaign_id VARCHAR NOT NULL,
    source VARCHAR NOT NULL,
    key VARCHAR NOT NULL,
    campaign_type VARCHAR,
    starts TIMESTAMP NOT NULL,
    ends TIMESTAMP NOT NULL,
    load_id VARCHAR NOT NULL
);
COMMENT ON TABLE behaviour.campaign IS 'Marketing campaigns';
COMMENT ON COLUMN behaviour.campaign.campaign_id IS 'campaign: and a hash of source and key';
COMMENT ON COLUMN behaviour.campaign.source IS 'Data source';
COMMENT ON COLUMN behaviour.campaign.key IS 'The identifier that the source itself uses';
COMMENT ON COLUMN behaviour.campaign.campaign_type IS 'Type as stated, such as Type A';
COMMENT ON COLUMN behaviour.campaign.starts IS 'First day';
COMMENT ON COLUMN behaviour.campaign.ends IS 'Day after the last';
COMMENT ON COLUMN behaviour.campaign.load_id IS 'Load that last stated the campaign';

CREATE TABLE behaviour.coupon (
    coupon_id VARCHAR NOT NULL,
    campaign_id VARCHAR NOT NULL,
    product_id VARCHAR NOT NULL,
    source VARCHAR NOT NULL,
    load_id VARCHAR NOT NULL
);
COMMENT ON TABLE behaviour.coupon IS
    'The set of products that a coupon of a campaign is good for, one row a product';
COMMENT ON COLUMN behaviour.coupon.coupon_id IS 'coupon: and a hash of source and key';
COMMENT ON COLUMN behaviour.coupon.campaign_id IS 'Campaign that gives the coupon';
COMMENT ON COLUMN behaviour.coupon.product_id IS 'Product, always one of catalog.product';
COMMENT ON COLUMN behaviour.coupon.source IS 'Data source';
COMMENT ON COLUMN behaviour.coupon.load_id IS 'Load that brought the row';

CREATE TABLE behaviour.redemption (
    customer_id VARCHAR NOT NULL,
    coupon_id VARCHAR NOT NULL,
    campaign_id VARCHAR NOT NULL,
    "time" TIMESTAMP NOT NULL,
    source VARCHAR NOT NULL,
    load_id VARCHAR NOT NULL
);
COMMENT ON TABLE behaviour.redemption IS 'Coupons that customers used';
COMMENT ON COLUMN behaviour.redemption.customer_id IS 'Customer who used it';
COMMENT ON COLUMN behaviour.redemption.coupon_id IS 'Coupon';
COMMENT ON COLUMN behaviour.redemption.campaign_id IS 'Campaign of the coupon';
COMMENT ON COLUMN behaviour.redemption."time" IS 'Day on which it was used';
COMMENT ON COLUMN behaviour.redemption.source IS 'Data source';
COMMENT ON COLUMN behaviour.redemption.load_id IS 'Load that brought the row';
