"""Attribute values from titles and descriptions, each with the characters that say it.

A ranker learns from products whose values are known which run of words answers a question, or that
none does. `study` trains and measures it on labelled files.
"""
