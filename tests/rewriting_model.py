"""A language model that rewrites and judges, as told, for the server of `llm_server.py`."""

import json
import re


def fenced(body, place):
    """What a prompt shows in its fence at a place."""
    shown = re.findall(r"<data-\w+>(.*?)</data-\w+>", body["messages"][-1]["content"], re.S)
    return json.loads(shown[place])


def model(write, judge=lambda statements, sentences: None):
    """A model that writes by `write` (numbered statements to sentences with what they say) and
    judges by `judge` (verdicts, or None for all is well)."""

    def answer(body):
        if "verdict" in body["messages"][-1]["content"]:
            statements, sentences = fenced(body, 0), fenced(body, 1)
            verdicts = judge(statements, sentences) or (
                ["entailed"] * len(sentences),
                [True] * len(statements),
            )
            return json.dumps({"sentences": verdicts[0], "statements": verdicts[1]})
        return json.dumps(
            {"sentences": [{"text": text, "says": says} for text, says in write(fenced(body, -1))]}
        )

    return answer


def faithful(statements):
    """Each statement in other words around its values."""
    return [(f"We can tell: {one['text']}", [one["number"]]) for one in statements]
