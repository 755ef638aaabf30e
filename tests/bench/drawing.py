"""Small charts as one SVG: lines over a logarithmic x, a y that begins at 0."""
import dataclasses
import html
import math

WIDTH, HEIGHT, COLUMNS = 330, 250, 3
LEFT, RIGHT, TOP, BOTTOM = 46, 14, 26, 42  # around the plot; above it the title and a row for each line's name
COLOURS = ("#1b6ca8", "#c8553d", "#3d8b5f", "#7d5ba6")


@dataclasses.dataclass
class Chart:
    title: str
    x_label: str
    lines: dict  # name: [(x, y)]


def short(number):
    for size, unit in ((1e6, "M"), (1e3, "k")):
        if number >= size:
            return f"{number / size:g}{unit}"
    return f"{number:.3g}"


def steps(most):
    """Round marks of the y axis, up to the first one that is not below `most`."""
    size = 10 ** math.floor(math.log10(most / 3))
    step = next(size * factor for factor in (1, 2, 5, 10) if most / (size * factor) <= 5)
    return [step * n for n in range(math.ceil(most / step) + 1)]


def text(x, y, words, anchor="middle", more=""):
    return f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}" {more}>{html.escape(words)}</text>'


def draw_chart(chart):
    points = [point for line in chart.lines.values() for point in line]
    xs, marks = sorted({x for x, _ in points}), steps(max(y for _, y in points))
    low, high, top = math.log(xs[0]), math.log(xs[-1]), TOP + 14 * len(chart.lines)

    def at(x, y):
        return (LEFT + (WIDTH - LEFT - RIGHT) * (math.log(x) - low) / (high - low),
                HEIGHT - BOTTOM - (HEIGHT - top - BOTTOM) * y / marks[-1])

    parts = [text(LEFT, 16, chart.title, "start", 'font-weight="bold"'), text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10, chart.x_label)]
    for mark in marks:
        _, y = at(xs[0], mark)
        parts.append(f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="#ddd"/>' + text(LEFT - 5, y + 4, short(mark), "end"))
    parts += [text(at(x, 0)[0], HEIGHT - BOTTOM + 15, short(x)) for x in xs]
    for number, (name, line) in enumerate(chart.lines.items()):
        colour = COLOURS[number]
        path = "L".join(f"{x:.1f} {y:.1f}" for x, y in (at(*point) for point in line))
        parts.append(f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        for point in line:
            x, y = at(*point)
            parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"><title>{point[0]:g}: {point[1]:.3g}</title></circle>')
        parts.append(text(LEFT, TOP + 6 + 14 * number, name, "start", f'fill="{colour}"'))
    return "\n".join(parts)


def draw(path, caption, charts):
    rows = math.ceil(len(charts) / COLUMNS)
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH * COLUMNS} {HEIGHT * rows + 26}" font-family="sans-serif" font-size="11" fill="#333">',
             '<rect width="100%" height="100%" fill="white"/>']
    for number, chart in enumerate(charts):
        row, column = divmod(number, COLUMNS)
        parts.append(f'<g transform="translate({column * WIDTH},{row * HEIGHT})">\n{draw_chart(chart)}\n</g>')
    parts += [text(LEFT, HEIGHT * rows + 14, caption, "start"), "</svg>\n"]
    path.write_text("\n".join(parts))
