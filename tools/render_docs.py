#!/usr/bin/env python3
"""render_docs.py OUT - README.md, */README.md and docs/**/*.md as plain HTML pages.

Knows the Markdown we use: headings, paragraphs, nested lists, fenced code,
tables, quotes, emphasis, code, links, images. The standard library suffices.
"""
import html
import pathlib
import re
import shutil
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
STYLE = """
body{font:16px/1.55 system-ui,sans-serif;margin:0;display:flex;color:#222;background:#fff}
nav{flex:0 0 15rem;padding:1.5rem;background:#f6f6f4;min-height:100vh;font-size:14px}
nav a{display:block;color:#333;text-decoration:none;padding:.1rem 0}nav b{display:block;margin-top:1rem}
main{padding:1.5rem 3rem;max-width:52rem;min-width:0}pre{background:#f6f6f4;padding:.8rem;overflow-x:auto}
code{font:14px ui-monospace,monospace}table{border-collapse:collapse}td,th{border:1px solid #ddd;padding:.3rem .6rem;text-align:left}
blockquote{border-left:3px solid #ccc;margin-left:0;padding-left:1rem}img{max-width:100%}
@media(max-width:50rem){body{display:block}nav{min-height:0}main{padding:1rem}}
"""
LIST = re.compile(r"(\s*)([-*+]|\d+\.)\s+(.*)")


def inline(text):
    kept = []

    def keep(markup):
        kept.append(markup)
        return f"\0{len(kept) - 1}\0"

    text = re.sub(r"(`+)(.+?)\1", lambda m: keep(f"<code>{html.escape(m.group(2).strip())}</code>"), text)
    text = html.escape(text, quote=False)
    text = re.sub(r"!\[([^]]*)\]\(([^)\s]+)\)", lambda m: keep(f'<img src="{m.group(2)}" alt="{m.group(1)}">'), text)
    text = re.sub(r"\[([^]]+)\]\(([^)\s]+)\)", lambda m: f'{keep(f"""<a href="{target(m.group(2))}">""")}{m.group(1)}</a>', text)
    text = re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", text)
    text = re.sub(r"(?<![\w*])\*([^*\s][^*]*)\*(?!\w)", r"<i>\1</i>", text)
    return re.sub(r"\0(\d+)\0", lambda m: kept[int(m.group(1))], text)


def target(link):
    path, hash_, anchor = link.partition("#")
    if ":" not in path and path.endswith(".md"):
        path = path[:-3] + ".html"
    return path + hash_ + anchor


def slug(text):
    return re.sub(r"[^\w\- ]", "", text.lower()).strip().replace(" ", "-")


def cells(row):
    return [c.replace("\\|", "|").strip() for c in re.split(r"(?<!\\)\|", row.strip().strip("|"))]


def render_list(lines):
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
        inner = render([l[width:] for l in more])
        if inner.startswith("<p>"): # a wrapped line continues the item's text
            text, _, inner = inner[3:].partition("</p>\n")
            out.append(f"<li>{inline(first)} {text}{inner}</li>")
        else:
            out.append(f"<li>{inline(first)}{inner}</li>")
    return f"<{tag}>\n" + "\n".join(out) + f"\n</{tag}>\n"


def render(lines):
    out, i = [], 0

    def take(test):
        nonlocal i
        start = i
        while i < len(lines) and test(lines[i]):
            i += 1
        return lines[start:i]

    while i < len(lines):
        line = lines[i]
        if not line.strip():
            i += 1
        elif line.lstrip().startswith("```"):
            width = len(line) - len(line.lstrip())
            i += 1
            code = take(lambda l: not l.lstrip().startswith("```"))
            i += 1
            out.append("<pre><code>" + html.escape("\n".join(l[width:] for l in code)) + "</code></pre>\n")
        elif m := re.match(r"(#{1,6})\s+(.*)", line):
            n = len(m.group(1))
            out.append(f'<h{n} id="{slug(m.group(2))}">{inline(m.group(2))}</h{n}>\n')
            i += 1
        elif line.startswith("|"):
            rows = [cells(r) for r in take(lambda l: l.startswith("|"))]
            rule = len(rows) > 1 and all(re.fullmatch(r":?-+:?", c) for c in rows[1])
            head = [rows[0]] if rule else []
            body = rows[2:] if rule else rows
            out.append("<table>\n")
            for tag, group in (("th", head), ("td", body)):
                for r in group:
                    out.append("<tr>" + "".join(f"<{tag}>{inline(c)}</{tag}>" for c in r) + "</tr>\n")
            out.append("</table>\n")
        elif line.startswith(">"):
            out.append("<blockquote>" + render([l[1:].lstrip() for l in take(lambda l: l.startswith(">"))]) + "</blockquote>\n")
        elif LIST.match(line):
            block = take(lambda l: l.strip() and (LIST.match(l) or l.startswith(" ")) and not l.startswith("```"))
            out.append(render_list(block))
        elif re.fullmatch(r"\s*(-{3,}|\*{3,})\s*", line):
            out.append("<hr>\n")
            i += 1
        else:
            text = take(lambda l: l.strip() and not re.match(r"#{1,6}\s|\s*```|\||>", l) and not LIST.match(l))
            out.append(f"<p>{inline(' '.join(t.strip() for t in text))}</p>\n")
    return "".join(out)


def title(page):
    m = re.search(r"^#\s+(.*)$", page.read_text(), re.M)
    return m.group(1) if m else page.stem


def navigation(pages, here):
    depth = "../" * (len(here.parts) - 1)
    out, group = [], None
    for p in pages:
        rel = p.relative_to(ROOT)
        name = "/".join(rel.parts[:-1])
        if len(rel.parts) == 2 and name != "docs":
            name = "libraries" if name.startswith("lib") else "folders"
        if name != group:
            group = name
            out.append(f"<b>{name}</b>")
        out.append(f'<a href="{depth}{rel.with_suffix(".html").as_posix()}">{html.escape(title(p))}</a>')
    return "\n".join(out)


def main():
    out = pathlib.Path(sys.argv[1])
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), *sorted(ROOT.glob("lib*/README.md")),
             *(p for p in sorted(ROOT.glob("*/README.md")) if p.parts[-2][:3] != "lib" and p.parts[-2] != "docs"),
             ROOT / "CHANGELOG.md"]
    pages = [p for p in pages if p.exists()]
    for page in pages:
        rel = page.relative_to(ROOT)
        path = (out / rel).with_suffix(".html")
        path.parent.mkdir(parents=True, exist_ok=True)
        body = render(page.read_text().split("\n"))
        path.write_text(f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{html.escape(title(page))}</title>'
                        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style>'
                        f"<nav>{navigation(pages, rel)}</nav><main>{body}</main></html>\n")
    for asset in (p for e in ("svg", "png") for p in (ROOT / "docs").rglob(f"*.{e}")):
        path = out / asset.relative_to(ROOT)
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(asset, path)
    shutil.copy(ROOT / "LICENSE", out)
    (out / "index.html").write_text('<meta http-equiv="refresh" content="0;url=README.html">\n')
    print(f"{len(pages)} pages in {out}/index.html")


main()
