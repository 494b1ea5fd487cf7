"""The one markdown renderer: texts of the call and bodies of letters."""

import re

import nh3
from django.utils.safestring import SafeString
from markdown_it import MarkdownIt

_parser = MarkdownIt("commonmark", {"html": False, "typographer": False}).enable("table")
_TAGS = {"p", "br", "strong", "em", "ul", "ol", "li", "a", "blockquote", "table", "thead", "tbody", "tr", "th", "td", "hr", "code", "pre"}


def render_markdown(text: str) -> SafeString:
    """The text as HTML with only harmless elements; links keep http, https and mailto targets."""
    html = _parser.render(text or "")
    return SafeString(
        nh3.clean(html, tags=_TAGS, attributes={"a": {"href"}}, url_schemes={"http", "https", "mailto"}, link_rel="noopener noreferrer")
    )


def render_plain(text: str) -> str:
    """The text for a letter without HTML: links as their address, emphasis and escapes without their marks."""
    text = re.sub(r"(?<!\\)\[([^\]]+)\]\(([^)]+)\)", r"\1: \2", text or "")
    text = re.sub(r"(?<![\\*])(\*{1,2})(?=\S)(.+?)(?<=[^\s\\])\1", r"\2", text)
    text = re.sub(r"(?<!\\)<(https?://[^>]+)>", r"\1", text)
    text = re.sub(r"\\([\\`*_{}\[\]()#+\-.!|<>~&:@])", r"\1", text)
    return re.sub(r" +$", "", text, flags=re.MULTILINE).strip()
