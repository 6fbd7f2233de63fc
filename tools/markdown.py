"""markdown.py - the Markdown we write as HTML.

Headings, paragraphs, nested lists, fenced and indented code, tables, quotes, emphasis, code,
links, images. The standard library suffices.
"""
import html
import re

from highlight import highlight

LIST = re.compile(r"(\s*)([-*+]|\d+\.)\s+(.*)")


def slug(text):
    """The anchor of a heading, as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", re.sub(r"[`*]|\]\([^)]*\)", "", text).lower()).strip().replace(" ", "-")


def cells(row):
    return [c.strip() for c in re.split(r"(?<!\\)\|", row.strip().strip("|"))]


class Markdown:
    """target(link) is the address of a link on the page, or None: then its text stays. documented(name)
    is that of a function."""

    def __init__(self, target=lambda link: link, documented=lambda name: None):
        self.target, self.documented = target, documented

    def inline(self, text):
        kept = []

        def keep(markup):
            kept.append(markup)
            return f"\0{len(kept) - 1}\0"

        def code(m):
            words = m.group(2).strip()
            where = self.documented(words.split("(")[0])
            markup = f"<code>{html.escape(words, quote=False)}</code>"
            return keep(f'<a href="{where}">{markup}</a>' if where else markup)

        def link(m):
            where = self.target(m.group(2))
            return f'{keep(f"""<a href="{where}">""")}{m.group(1)}{keep("</a>")}' if where else m.group(1)

        text = re.sub(r"\\([\\|*<>()\[\]_`])", lambda m: keep(html.escape(m.group(1))), text)
        text = re.sub(r"(`+)(.+?)\1", code, text)
        text = html.escape(text, quote=False)
        text = re.sub(r"!\[([^]]*)\]\(([^)\s]+)\)", lambda m: keep(f'<img src="{m.group(2)}" alt="{m.group(1)}">'), text)
        text = re.sub(r"\[([^]]+)\]\(([^)\s]+)\)", link, text)
        text = re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", text)
        text = re.sub(r"(?<![\w*])\*([^*\s][^*]*)\*(?!\w)", r"<i>\1</i>", text)
        while "\0" in text: # a link may hold code
            text = re.sub(r"\0(\d+)\0", lambda m: kept[int(m.group(1))], text)
        return text

    def render_list(self, lines):
        """Lines of one list; deeper indentation belongs to the item above."""
        indent, kind = len(LIST.match(lines[0]).group(1)), LIST.match(lines[0]).group(2)
        items = []
        for line in lines:
            m = LIST.match(line)
            if m and len(m.group(1)) <= indent:
                items.append([m.group(3)])
            else:
                items[-1].append(line)
        tag = "ol" if kind[0].isdigit() else "ul"
        out = []
        for first, *more in items:
            width = min((len(l) - len(l.lstrip()) for l in more if l.strip()), default=0)
            more = [l[width:] for l in more]
            text = [first] # a wrapped line continues the item's text
            while more and more[0].strip() and not LIST.match(more[0]) and not more[0].startswith("```"):
                text.append(more.pop(0))
            out.append(f"<li>{self.inline(' '.join(text))}{self.render(more)}</li>")
        return f"<{tag}>\n" + "\n".join(out) + f"\n</{tag}>\n"

    def table(self, rows):
        rule = len(rows) > 1 and all(re.fullmatch(r":?-+:?", c) for c in rows[1])
        head, body = ([rows[0]], rows[2:]) if rule and any(rows[0]) else ([], rows[2:] if rule else rows)
        out = ["<table>\n"]
        for tag, group in (("th", head), ("td", body)):
            for r in group:
                out.append("<tr>" + "".join(f"<{tag}>{self.inline(c)}</{tag}>" for c in r) + "</tr>\n")
        return "".join(out) + "</table>\n"

    def code(self, lines, language="text"):
        return f'<pre class="{language or "text"}"><code>{highlight(chr(10).join(lines), language, self.documented)}</code></pre>\n'

    def render(self, lines):
        out, i = [], 0

        def take(test):
            nonlocal i
            start = i
            while i < len(lines) and test(lines[i]):
                i += 1
            return lines[start:i]

        while i < len(lines):
            line = lines[i]
            if not line.strip() or line.startswith("<!--"):
                i += 1
            elif m := re.match(r"(\s*)```(\w*) ?(\w*)", line):
                width, kind = len(m.group(1)), m.group(3) if m.group(3) == "prints" else m.group(2)
                i += 1
                out.append(self.code([l[width:] for l in take(lambda l: not l.lstrip().startswith("```"))], kind))
                i += 1
            elif line.startswith("    "):
                out.append(self.code([l[4:] for l in take(lambda l: l.startswith("    ") or not l.strip())]))
            elif m := re.match(r"(#{1,6})\s+(.*)", line):
                n = len(m.group(1))
                out.append(f'<h{n} id="{slug(m.group(2))}">{self.inline(m.group(2))}</h{n}>\n')
                i += 1
            elif line.startswith("|"):
                out.append(self.table([cells(r) for r in take(lambda l: l.startswith("|"))]))
            elif line.startswith(">"):
                out.append("<blockquote>" + self.render([l[1:].lstrip() for l in take(lambda l: l.startswith(">"))]) + "</blockquote>\n")
            elif LIST.match(line):
                out.append(self.render_list(take(lambda l: l.strip() and (LIST.match(l) or l.startswith(" ")))))
            elif re.fullmatch(r"\s*(-{3,}|\*{3,})\s*", line):
                out.append("<hr>\n")
                i += 1
            else:
                text = take(lambda l: l.strip() and not re.match(r"#{1,6}\s|\s*```|\||>", l) and not LIST.match(l))
                out.append(f"<p>{self.inline(' '.join(t.strip() for t in text))}</p>\n")
        return "".join(out)
