"""How the installed dbt reads templates: the words of their tags by Jinja's lexer, and the blocks that dbt's own search finds.

Reads a JSON list of texts on stdin; prints for each [words, parses, blocks]; words and blocks are null where that fails.
"""

import json
import sys

from dbt_common.clients._jinja_blocks import BlockIterator, TagIterator
from jinja2.sandbox import SandboxedEnvironment

ENVIRONMENT = SandboxedEnvironment(extensions=["jinja2.ext.do"])
WORDS = ("name", "string", "integer", "float", "operator")
BEGINNINGS = ("variable_begin", "block_begin", "comment_begin", "raw_begin")


def attempt(read):
    try:
        return read()
    except Exception:
        return None


def words(text):
    return [
        value if kind in WORDS else kind
        for _, kind, value in ENVIRONMENT.lexer.tokeniter(text, None)
        if kind in WORDS or kind in BEGINNINGS
    ]


def blocks(text):
    found = BlockIterator(TagIterator(text)).lex_for_blocks({"macro", "snapshot"}, False)
    return [[block.block_type_name, block.block_name] for block in found]


print(
    json.dumps(
        [
            [
                attempt(lambda: words(text)),
                attempt(lambda: ENVIRONMENT.parse(text)) is not None,
                attempt(lambda: blocks(text)),
            ]
            for text in json.load(sys.stdin)
        ]
    )
)
