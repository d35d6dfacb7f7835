"""Products of several sources to entities: which are one and the same, and what is true of them.

Pairs of products are scored (`catalog.candidate_pair`), questions are asked where they help most
(`ops.question`, `ops.answer`), and what comes out are facts: `sameAs`, and one value of each
attribute that several sources state. All of it can be taken back.
"""
