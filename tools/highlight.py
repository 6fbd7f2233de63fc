"""highlight.py - code as HTML: comments, strings, words of the language, and links to functions."""
import html
import re

C_WORDS = """auto break case char const continue default do double else enum extern float for goto if inline int long
register restrict return short signed sizeof static struct switch typedef union unsigned void volatile while bool
_Complex _Atomic NULL true false int8_t int16_t int32_t int64_t uint8_t uint16_t uint32_t uint64_t size_t FILE""".split()
PYTHON_WORDS = """and as assert break class continue def del elif else except False finally for from if import in is
lambda None nonlocal not or pass raise return True try while with yield""".split()
CMAKE_WORDS = """add_executable add_library add_subdirectory cmake_minimum_required find_package include
project target_link_libraries COMPONENTS LANGUAGES PRIVATE PUBLIC REQUIRED VERSION""".split()

# language: (comments, strings, words); what is found first wins
LANGUAGES = {
    "c": (r"/\*.*?\*/|//[^\n]*", r'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'|(?<=#include )<[^>\n]*>', C_WORDS),
    "python": (r"#[^\n]*", r'"""(?:.*?)"""|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', PYTHON_WORDS),
    "sh": (r"(?:(?<=\s)|^)#[^\n]*", r'"(?:\\.|[^"\\])*"|\'[^\']*\'', []),
    "cmake": (r"#[^\n]*", r'"(?:\\.|[^"\\])*"', CMAKE_WORDS),
}
BY_SUFFIX = {".c": "c", ".h": "c", ".inc": "c", ".def": "c", ".cu": "c", ".cc": "c", ".py": "python", ".sh": "sh"}


def span(kind, text):
    return f'<span class="{kind}">{html.escape(text, quote=False)}</span>'


def highlight(code, language, link=lambda name: None):
    """link(name) is where a function is documented, or None."""
    if language not in LANGUAGES:
        return html.escape(code, quote=False)
    comments, strings, words = LANGUAGES[language]
    prepared = r"^[ \t]*#[ \t]*\w+" if language == "c" else r"(?!)"
    token = re.compile(rf"(?P<comment>{comments})|(?P<string>{strings})|(?P<pre>{prepared})|(?P<name>[A-Za-z_]\w*)"
                       r"|(?P<number>\b\d[\w.]*)", re.S | re.M)
    out, at = [], 0
    for m in token.finditer(code):
        out.append(html.escape(code[at:m.start()], quote=False))
        at, kind, text = m.end(), m.lastgroup, m.group()
        if kind != "name":
            out.append(span(kind, text))
        elif text in words:
            out.append(span("word", text))
        elif link(text):
            out.append(f'<a href="{link(text)}">{text}</a>')
        elif re.match(r"TSR_[A-Z]", text):
            out.append(span("constant", text))
        else:
            out.append(text)
    return "".join(out) + html.escape(code[at:], quote=False)
