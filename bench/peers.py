"""Other search engines over the same names, so that ours can be judged beside them.

They get the texts as ours has them, normalised, aliases included; what else ours does to a query they do without.
"""

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise

Search = Callable[[str, int], list[int]]  # (normalised query, limit) → name ids, best first
Texts = Sequence[tuple[int, str]]  # (name id, text)


def fts5_trigram(texts: Texts) -> Search:
    """SQLite FTS5 with its trigram tokenizer, BM25; a scan for queries of fewer than three characters."""
    db = sqlite3.connect(":memory:")
    db.execute("CREATE VIRTUAL TABLE t USING fts5(text, name UNINDEXED, tokenize='trigram')")
    db.executemany("INSERT INTO t (name, text) VALUES (?, ?)", texts)

    def search(query: str, limit: int) -> list[int]:
        if len(query) < 3:
            rows = db.execute(
                "SELECT name FROM t WHERE instr(text, ?) ORDER BY length(text), rowid LIMIT ?",
                (query, limit * 4),
            )
        else:
            pieces = dict.fromkeys(query[i : i + 3] for i in range(len(query) - 2))
            match = " OR ".join(f'"{piece}"' for piece in pieces)
            rows = db.execute("SELECT name FROM t WHERE t MATCH ? ORDER BY rank LIMIT ?", (match, limit * 4))
        return _once((name for (name,) in rows), limit)

    return search


def tantivy_bigrams(texts: Texts) -> Search:
    """tantivy, BM25 over pairs of characters."""
    import tantivy

    schema = tantivy.SchemaBuilder()
    schema.add_integer_field("name", stored=True)
    schema.add_text_field("text", tokenizer_name="whitespace")
    built = schema.build()
    index = tantivy.Index(built)
    writer = index.writer(heap_size=20_000_000, num_threads=1)
    for name, text in texts:
        writer.add_document(tantivy.Document(name=name, text=" ".join(_pairs(text))))
    writer.commit()
    index.reload()
    searcher = index.searcher()

    def search(query: str, limit: int) -> list[int]:
        terms = [
            (tantivy.Occur.Should, tantivy.Query.term_query(built, "text", pair)) for pair in _pairs(query)
        ]
        hits = searcher.search(tantivy.Query.boolean_query(terms), limit * 4).hits
        return _once((searcher.doc(address)["name"][0] for _, address in hits), limit)

    return search


def rapidfuzz(texts: Texts) -> Search:
    """rapidfuzz's weighted ratio over all texts."""
    from rapidfuzz import fuzz, process

    choices = [text for _, text in texts]

    def search(query: str, limit: int) -> list[int]:
        found = process.extract(query, choices, scorer=fuzz.WRatio, limit=limit * 4, score_cutoff=1)
        return _once((texts[number][0] for _, _, number in found), limit)

    return search


PEERS: dict[str, Callable[[Texts], Search]] = {
    "sqlite fts5 trigram": fts5_trigram,
    "tantivy character bigrams": tantivy_bigrams,
    "rapidfuzz": rapidfuzz,
}


def _pairs(text: str) -> list[str]:
    return list(dict.fromkeys(a + b for a, b in pairwise(text))) or [text]


def _once(names: Iterable[int], limit: int) -> list[int]:
    return list(dict.fromkeys(names))[:limit]
