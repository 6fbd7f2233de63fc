#!/usr/bin/env python3
"""render_docs.py OUT - the manual as a folder of web pages.

Pages are README.md, docs/**/*.md, */README.md and the change log, with a contents on the
left in the order of docs/README.md; the public headers, and every other file that a page links; and
a table of the headers. Names of functions lead to their documentation. Plain HTML and one
style sheet, to be read from a file system as well. A link that leads nowhere is a failure.
"""
import html
import os
import pathlib
import re
import shutil
import sys

sys.dont_write_bytecode = True # no folders of it in the tree
from highlight import BY_SUFFIX, highlight
from markdown import Markdown, slug

ROOT = pathlib.Path(__file__).resolve().parent.parent
TOOLS = pathlib.Path(__file__).resolve().parent
PICTURES = (".svg", ".png")
REFERENCE = ROOT / "reference.html" # of no file: written here


def headers():
    for lib in sorted(ROOT.glob("lib*")):
        yield from sorted((lib / "include").rglob("*.h"), key=lambda p: (p.parent.as_posix(), p.name))


def documented():
    """{function: header} from the blocks in front of declarations."""
    out = {}
    for path in headers():
        for names in re.findall(r"^/\* ((?:tsr_\w+,\s+(?:\* )?)*tsr_\w+) - ", path.read_text(), re.M):
            out.update({n: path for n in re.findall(r"tsr_\w+", names)})
    return out


def title(page):
    m = re.search(r"^#\s+(.*)$", page.read_text(), re.M)
    return m.group(1).replace("`", "") if m else page.stem


def contents():
    """[(heading, pages)] for the left side, and the names that the manual gives to pages."""
    manual = ROOT / "docs/README.md"
    groups, names = [("", [manual])], {manual: "The manual", REFERENCE: "Headers"}
    for line in manual.read_text().split("\n"):
        if m := re.match(r"## (.*)", line):
            groups.append((m.group(1), []))
        elif m := re.match(r"\* \[([^]]*)\]\(([^)]+)\)", line):
            page = (manual.parent / m.group(2)).resolve()
            if not page.is_file():
                sys.exit(f"docs/README.md: there is no page {m.group(2)}")
            groups[-1][1].append(page)
            names[page] = m.group(1)
    groups.append(("Reference", [REFERENCE]))
    listed = [p for _, pages in groups for p in pages]
    folders = [p for p in sorted(ROOT.glob("*/README.md")) if p not in listed]
    names.update({p: p.parts[-2] for p in folders})
    groups.append(("Libraries", [p for p in folders if p.parts[-2][:3] == "lib"]))
    groups.append(("Other folders", [p for p in folders if p.parts[-2][:3] != "lib"] + [ROOT / "CHANGELOG.md"]))
    return groups, names


class Site:
    def __init__(self, out):
        self.out, self.functions = out, documented()
        self.groups, self.names = contents()
        self.pages = [ROOT / "README.md"] + [p for _, pages in self.groups for p in pages]
        self.sources, self.problems, self.anchors, self.links = set(headers()), [], {}, []

    def address(self, path):
        """Where a file of the tree is on the site, from its root."""
        rel = path.relative_to(ROOT)
        if path == ROOT / "README.md":
            return "index.html"
        if path.suffix == ".md":
            return rel.with_suffix(".html").as_posix()
        return rel.as_posix() + ("" if path.suffix in PICTURES or path == REFERENCE else ".html")

    def way(self, here, there, anchor=""):
        start = os.path.dirname(self.address(here))
        link = os.path.relpath(self.address(there), start or ".") + (f"#{anchor}" if anchor else "")
        self.links.append((here, self.address(there), anchor))
        return link

    def target(self, here, link):
        path, _, anchor = link.partition("#")
        if ":" in path:
            return link
        there = (here.parent / path).resolve() if path else here
        if there.is_dir():
            there = there / "README.md"
        if not there.is_file():
            return None
        if there.suffix != ".md" and there.suffix not in PICTURES:
            self.sources.add(there)
        return self.way(here, there, anchor)

    def function(self, here, name):
        there = self.functions.get(name)
        return self.way(here, there, name) if there and there != here else None

    def name(self, page):
        return html.escape(self.names.get(page) or title(page))

    def navigation(self, here):
        out = [f'<a class="home" href="{self.way(here, ROOT / "README.md")}">Tessera</a>']
        for heading, pages in self.groups:
            out.append(f"<b>{html.escape(heading)}</b>" if heading else "")
            for p in pages:
                out.append(f'<a{" class=here" if p == here else ""} href="{self.way(here, p)}">{self.name(p)}</a>')
                if p == here and p.suffix == ".md":
                    out += [f'<a class="part" href="#{slug(h)}">{Markdown().inline(h)}</a>' for h in self.parts(p)]
        return "\n".join(out)

    def parts(self, page):
        text = re.sub(r"^```.*?^```", "", page.read_text(), flags=re.S | re.M)
        return [re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", h) for h in re.findall(r"^## (.*)$", text, re.M)]

    def around(self, here):
        """The pages before and after this one."""
        if here not in self.pages:
            return ""
        i = self.pages.index(here)
        links = ["<span></span>", "<span></span>"]
        if i:
            links[0] = f'<a href="{self.way(here, self.pages[i - 1])}">← {self.name(self.pages[i - 1])}</a>'
        if i + 1 < len(self.pages):
            links[1] = f'<a href="{self.way(here, self.pages[i + 1])}">{self.name(self.pages[i + 1])} →</a>'
        return f"<footer>{''.join(links)}</footer>"

    def write(self, here, name, body, kind=""):
        path = self.out / self.address(here)
        path.parent.mkdir(parents=True, exist_ok=True)
        self.anchors[self.address(here)] = set(re.findall(r'id="([^"]+)"', body))
        style = os.path.relpath("style.css", os.path.dirname(self.address(here)) or ".")
        path.write_text(f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{html.escape(name)} · Tessera</title>'
                        f'<meta name="viewport" content="width=device-width"><link rel="stylesheet" href="{style}"></head>\n'
                        f"<body><nav>{self.navigation(here)}</nav>\n<main{kind}>{body}{self.around(here)}</main></body></html>\n")

    def page(self, path):
        markdown = Markdown(lambda link: self.target(path, link), lambda name: self.function(path, name))
        self.write(path, title(path), markdown.render(path.read_text().split("\n")))

    def source(self, path):
        text = path.read_text()
        code = highlight(text, BY_SUFFIX.get(path.suffix, ""), lambda name: self.function(path, name))
        if path in self.functions.values(): # a mark in front of each block of documentation
            def mark(m):
                return "".join(f'<i id="{n}"></i>' for n in re.findall(r"tsr_\w+", m.group(2))) + m.group(0)
            code = re.sub(r'(<span class="comment">/\* )((?:tsr_\w+,\s+(?:\* )?)*tsr_\w+)(?= - )', mark, code)
        name = path.relative_to(ROOT).as_posix()
        self.write(path, name, f"<h1>{html.escape(name)}</h1>\n<pre><code>{code}</code></pre>\n", ' class="wide"')

    def reference(self):
        body = ["<h1>Headers</h1>\n<p>The contract of every function stands in front of it. Those below <code>tsr/spi/</code> are for "
                "whoever writes operations and backends.</p>\n"]
        for lib in sorted({p.parents[len(p.relative_to(ROOT).parts) - 2] for p in headers()}):
            rows = []
            for p in (h for h in headers() if lib in h.parents):
                what = re.match(r"/\*\s*\S+ - (.*?)(?:\*/|\n \*\n|\.\s)", p.read_text(), re.S)
                text = " ".join(re.sub(r"\n \*", " ", what.group(1)).split()).rstrip(".") if what else ""
                name = p.relative_to(lib / "include").as_posix()
                rows.append(f'<tr><td><a href="{self.way(REFERENCE, p)}"><code>{name}</code></a></td><td>{html.escape(text)}</td></tr>\n')
            body.append(f'<h2 id="{lib.name}">{lib.name}</h2>\n<table>{"".join(rows)}</table>\n')
        self.write(REFERENCE, "Headers", "".join(body))

    def check(self):
        for here, address, anchor in self.links:
            where = f"{here.relative_to(ROOT)}: {address}"
            if not (self.out / address).exists():
                self.problems.append(f"{where}: no such page")
            elif anchor and anchor not in self.anchors.get(address, ()):
                self.problems.append(f"{where}#{anchor}: no such place")

    def make(self):
        shutil.rmtree(self.out, ignore_errors=True)
        self.out.mkdir(parents=True)
        for page in self.pages:
            self.reference() if page == REFERENCE else self.page(page)
        for path in sorted(self.sources):
            self.source(path)
        for picture in (p for s in PICTURES for p in (ROOT / "docs").rglob(f"*{s}")):
            path = self.out / picture.relative_to(ROOT)
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(picture, path)
        shutil.copy(TOOLS / "docs.css", self.out / "style.css")
        self.check()
        print("\n".join(sorted(set(self.problems))) or f"{len(self.pages)} pages and {len(self.sources)} files in {self.out}/index.html")
        return bool(self.problems)


sys.exit(Site(pathlib.Path(sys.argv[1]).absolute()).make())
