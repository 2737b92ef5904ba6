"""Briefs: Markdown in, safe HTML out."""

import re
from functools import lru_cache

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])
TITLE = re.compile(r"\A# .*\n")
TAGS = set("h2 h3 h4 p ul ol li strong em del code pre blockquote a table thead tbody tr th td hr br".split())


@lru_cache(maxsize=256)
def to_html(text: str) -> SafeString:
    """Render a brief without its title, which is the page's heading. Whatever could act or load is taken out."""
    html = MARKDOWN.render(TITLE.sub("", text)).replace("<th></th>", "<td></td>")  # an empty header names nothing
    clean = nh3.clean(html, tags=TAGS, attributes={"a": {"href"}, "ol": {"start"}})
    # A wide table scrolls by itself, by keyboard as well, and so does a long line of code
    tables = clean.replace("<table>", '<div class="scroll" tabindex="0"><table>').replace("</table>", "</table></div>")
    return mark_safe(tables.replace("<pre>", '<pre tabindex="0">'))  # noqa: S308 - cleaned
