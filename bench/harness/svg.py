"""svg.py - charts of ratios: one line per case, a mark per peer, on a logarithmic axis."""
import math
from html import escape

COLOURS = {"C loop": "#1b7837", "JAX": "#2166ac", "PyTorch": "#d6604d", "NumPy": "#8073ac", "limit": "#777777"}
LINE, LEFT, WIDE, TOP = 15, 430, 560, 64


def ticks(low, high):
    t = [m * 10.0**e for e in range(-4, 6) for m in (1, 2, 5)]
    return [x for x in t if low * .999 <= x <= high * 1.001]


def mark(x, y, name):
    colour = COLOURS[name]
    if name == "limit":
        return f'<path d="M{x:.1f} {y - 5:.1f}v10" stroke="{colour}" stroke-width="2"/>'
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}" fill-opacity="0.85"/>'


def chart(title, lines):
    """lines: [(label, {peer: ratio})]; where a mark is left of 1, Tessera lost."""
    values = [v for _, ratios in lines for v in ratios.values()] + [0.5, 2]
    low, high = max(min(values) / 1.2, 0.02), min(max(values) * 1.2, 500)
    at = lambda v: LEFT + WIDE * math.log(min(max(v, low), high) / low) / math.log(high / low)
    height = TOP + LINE * len(lines) + 30
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{LEFT + WIDE + 20}" height="{height}" '
           'font-family="sans-serif" font-size="11">',
           '<rect width="100%" height="100%" fill="white"/>',
           f'<text x="10" y="20" font-size="15">{escape(title)}</text>']
    for k, name in enumerate(COLOURS):
        out += [mark(LEFT + 90 * k, 34, name), f'<text x="{LEFT + 90 * k + 9}" y="38">{name}</text>']
    for t in ticks(low, high):
        strong = t == 1
        out.append(f'<path d="M{at(t):.1f} {TOP - 8}V{height - 26}" stroke="{"#000" if strong else "#ddd"}"/>'
                   f'<text x="{at(t):.1f}" y="{height - 12}" text-anchor="middle">{t:g}x</text>')
    for k, (label, ratios) in enumerate(lines):
        y = TOP + LINE * k + 4
        shown = label if len(label) <= 72 else label[:69] + "..."
        out.append(f'<text x="{LEFT - 10}" y="{y + 4}" text-anchor="end" font-size="10">{escape(shown)}</text>')
        out += [mark(at(v), y, name) for name, v in ratios.items()]
    return "\n".join(out + ["</svg>", ""])
