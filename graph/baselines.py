"""Simple answers that attribute prediction has to beat; each sees what the model sees: training
labels, and the other attributes."""

import numpy as np
from sklearn.feature_extraction import FeatureHasher
from sklearn.linear_model import SGDClassifier

from graph.products import TASKS, Products, count_labels, group_products

MOST_CLASSES = 400
BACKOFF = (
    ("manufacturer", "productType", "size"),
    ("manufacturer", "productType"),
    ("manufacturer", "department", "size"),
    ("manufacturer", "department"),
    ("manufacturer",),
    ("productType",),
    ("department",),
)


def majority(products: Products, task: str, rows: np.ndarray) -> np.ndarray:
    """The commonest class of all."""
    codes = products.shown(task)
    return np.full(len(rows), np.bincount(codes[codes > 0]).argmax() - 1)


def commonest(
    products: Products, task: str, rows: np.ndarray, names: tuple[str, ...]
) -> np.ndarray:
    """The commonest class among products with the same values of `names`; the majority where there
    are none."""
    found = _commonest(products, task, names)[rows]
    return np.where(found >= 0, found, majority(products, task, rows))


def backoff(products: Products, task: str, rows: np.ndarray) -> np.ndarray:
    """The commonest class of the smallest of BACKOFF's groups that shows any; else of all."""
    found = np.full(len(products.split), -1)
    for names in BACKOFF:
        if not set(names) & set(TASKS[task][1]):
            found = np.where(found >= 0, found, _commonest(products, task, names))
    return np.where(found[rows] >= 0, found[rows], majority(products, task, rows))


def text_regression(products: Products, task: str, rows: np.ndarray, seed: int) -> np.ndarray:
    """Logistic regression on the words of title and description and on the other attributes, these
    singly and in pairs with the department, all as hashed tokens.

    Of tasks with thousands of classes it knows the MOST_CLASSES commonest.
    """
    labels = products.shown(task)
    train = np.flatnonzero(labels > 0)
    names = [name for name in products.codes if name not in TASKS[task][1]]
    hasher = FeatureHasher(2**18, input_type="string")

    def tokens(chosen: np.ndarray) -> list[list[str]]:
        columns = [[f"{name}={code}" for code in products.codes[name][chosen]] for name in names]
        departments = [f"{code}" for code in products.codes["department"][chosen]]
        paired = [
            [f"{token}&{d}" for token, d in zip(column, departments, strict=True)]
            for column in columns
        ]
        words, begin = products.words_of(chosen)
        said = np.split(words.astype(str), begin[1:])
        return [
            [*row, *own] for row, own in zip(zip(*columns, *paired, strict=True), said, strict=True)
        ]

    model = SGDClassifier(loss="log_loss", alpha=1e-6, max_iter=3, tol=None, random_state=seed)
    frequent = np.argsort(-np.bincount(labels[train]), kind="stable")[:MOST_CLASSES]
    train = train[np.isin(labels[train], frequent)]
    model.fit(hasher.transform(tokens(train)), labels[train])
    found: np.ndarray = model.predict(hasher.transform(tokens(rows))) - 1
    return found


def _commonest(products: Products, task: str, names: tuple[str, ...]) -> np.ndarray:
    """[products]: commonest class of the group that each product is in, ties by class; -1 where
    there is none."""
    group, member = group_products(products, names)
    labels = count_labels(products, task, group, member)
    return np.where(group > 0, labels.first[group], 0) - 1
