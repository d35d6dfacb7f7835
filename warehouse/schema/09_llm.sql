-- Language models: what each was asked, what it answered and what it cost.
CREATE TABLE ops.llm_call (
    call_id VARCHAR PRIMARY KEY,
    purpose VARCHAR NOT NULL,
    prompt VARCHAR NOT NULL,
    version VARCHAR NOT NULL,
    model VARCHAR NOT NULL,
    server VARCHAR NOT NULL,
    request JSON NOT NULL,
    form VARCHAR NOT NULL,
    status VARCHAR NOT NULL,
    response JSON,
    problem VARCHAR,
    prompt_tokens BIGINT NOT NULL,
    completion_tokens BIGINT NOT NULL,
    lost_tokens BIGINT NOT NULL,
    cost DECIMAL(18, 9),
    attempts INTEGER NOT NULL,
    batch_id VARCHAR,
    seconds DOUBLE NOT NULL,
    "time" TIMESTAMP NOT NULL
);
COMMENT ON TABLE ops.llm_call IS
    'One row a request to a language model; the same request is answered from here, never asked '
    'and paid again. Holds no key';
COMMENT ON COLUMN ops.llm_call.call_id IS
    'Hash of the request: model, messages, schema of the answer, sampling';
COMMENT ON COLUMN ops.llm_call.purpose IS 'What the answer is for, such as match or extract';
COMMENT ON COLUMN ops.llm_call.prompt IS 'Name of the prompt template (warehouse/prompts)';
COMMENT ON COLUMN ops.llm_call.version IS 'Version of the prompt template, such as v1';
COMMENT ON COLUMN ops.llm_call.model IS 'Model that was asked';
COMMENT ON COLUMN ops.llm_call.server IS 'Host, and port if told, of the server';
COMMENT ON COLUMN ops.llm_call.request IS 'The request, whole: what the hash is made of';
COMMENT ON COLUMN ops.llm_call.form IS
    'How the form of the answer was demanded: json_schema, json_object, or text for servers that '
    'take neither';
COMMENT ON COLUMN ops.llm_call.status IS
    'answered; refused by the model; cut at the most tokens that an answer may have; failed after '
    'all attempts; sent: no reply was seen, because the process ended or a batch is under way';
COMMENT ON COLUMN ops.llm_call.response IS 'The response as the server gave it; null without one';
COMMENT ON COLUMN ops.llm_call.problem IS 'Why there is no answer; null where there is one';
COMMENT ON COLUMN ops.llm_call.prompt_tokens IS 'Tokens of the request, as the server counts them';
COMMENT ON COLUMN ops.llm_call.completion_tokens IS
    'Tokens of the response, as the server counts them';
COMMENT ON COLUMN ops.llm_call.lost_tokens IS
    'Tokens of attempts whose reply never came (timeout, cut connection, killed process), by '
    'estimate: the server may count them';
COMMENT ON COLUMN ops.llm_call.cost IS
    'Cost in US dollars at the prices that were set, lost attempts at their estimate; null where '
    'no price was set';
COMMENT ON COLUMN ops.llm_call.attempts IS 'How often it was sent';
COMMENT ON COLUMN ops.llm_call.batch_id IS
    'Batch of the server that answered; null for a call on its own';
COMMENT ON COLUMN ops.llm_call.seconds IS 'From the first attempt to the reply, waits included';
COMMENT ON COLUMN ops.llm_call."time" IS 'When the reply came, or the last attempt ended (UTC)';

CREATE VIEW ops.llm_spending AS
SELECT
    "time"::DATE AS day,
    purpose,
    prompt,
    version,
    model,
    count(*) AS calls,
    count_if(status = 'answered') AS answered,
    count_if(status = 'refused') AS refused,
    count_if(status NOT IN ('answered', 'refused')) AS unanswered,
    sum(attempts)::BIGINT AS attempts,
    sum(prompt_tokens)::BIGINT AS prompt_tokens,
    sum(completion_tokens)::BIGINT AS completion_tokens,
    sum(lost_tokens)::BIGINT AS lost_tokens,
    sum(cost) AS cost,
    count_if(cost IS NULL) AS unpriced
FROM ops.llm_call
GROUP BY ALL;
COMMENT ON VIEW ops.llm_spending IS
    'What language models were asked and what it cost, by day, purpose, prompt and model';
COMMENT ON COLUMN ops.llm_spending.day IS 'Day of the replies (UTC)';
COMMENT ON COLUMN ops.llm_spending.purpose IS 'What the answers are for';
COMMENT ON COLUMN ops.llm_spending.prompt IS 'Name of the prompt template';
COMMENT ON COLUMN ops.llm_spending.version IS 'Version of the prompt template';
COMMENT ON COLUMN ops.llm_spending.model IS 'Model that was asked';
COMMENT ON COLUMN ops.llm_spending.calls IS 'Number of distinct requests';
COMMENT ON COLUMN ops.llm_spending.answered IS 'Requests that have an answer';
COMMENT ON COLUMN ops.llm_spending.refused IS 'Requests that the model refused';
COMMENT ON COLUMN ops.llm_spending.unanswered IS 'Requests cut, failed, or without a reply';
COMMENT ON COLUMN ops.llm_spending.attempts IS 'How often something was sent';
COMMENT ON COLUMN ops.llm_spending.prompt_tokens IS 'Tokens of the requests';
COMMENT ON COLUMN ops.llm_spending.completion_tokens IS 'Tokens of the responses';
COMMENT ON COLUMN ops.llm_spending.lost_tokens IS
    'Tokens of attempts whose reply never came, by estimate';
COMMENT ON COLUMN ops.llm_spending.cost IS
    'Cost in US dollars of the requests that have a price; null where none has';
COMMENT ON COLUMN ops.llm_spending.unpriced IS 'Requests without a price';
