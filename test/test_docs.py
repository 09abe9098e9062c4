"""The pages: every link leads somewhere, the README is short, decisions have their parts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
import re

import pytest

ROOT = Path(__file__).resolve().parents[1]
DECISIONS = ROOT / 'docs' / 'decisions'
PARTS = ['Question', 'Tried', 'Decision', 'What would change it']

pytestmark = pytest.mark.skipif(
    not DECISIONS.is_dir(), reason='the package is not tested from its source checkout'
)


def pages() -> list[Path]:
    folders = ('docs', 'models', 'config', 'docker', 'scripts', 'test')
    below = (page for folder in folders for page in (ROOT / folder).rglob('*.md'))
    return sorted([*ROOT.glob('*.md'), *below])


def prose(page: Path) -> str:
    """Leave out blocks of code, in which brackets and # mean something else."""
    return re.sub(r'^```.*?^```', '', page.read_text('utf-8'), flags=re.DOTALL | re.MULTILINE)


def anchors(page: Path) -> set[str]:
    """Name the headings of a page as GitHub does."""
    seen: Counter[str] = Counter()
    found = set()
    for heading in re.findall(r'^#+ +(.+?) *$', prose(page), re.MULTILINE):
        shown = re.sub(r'\[([^\]]*)\]\([^)]*\)', r'\1', heading)
        name = re.sub(r'[^\w\- ]', '', shown.lower()).replace(' ', '-')
        found.add(f'{name}-{seen[name]}' if seen[name] else name)
        seen[name] += 1
    return found


def broken_links(page: Path) -> Iterator[str]:
    """Yield the links of a page that lead to no file or to no heading of it."""
    for link in re.findall(r'\]\(([^)\s]+)\)', prose(page)):
        if re.match(r'[a-z]+:', link):
            continue
        path, _, anchor = link.partition('#')
        target = page.parent / path if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            yield link


def named(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


DECISION_PAGES = sorted(DECISIONS.glob('[0-9]*.md'))


@pytest.mark.parametrize('page', pages(), ids=named)
def test_every_relative_link_resolves(page):
    assert list(broken_links(page)) == []


def test_a_link_to_no_page_or_no_heading_is_found(tmp_path):
    other = tmp_path / 'other.md'
    other.write_text('# A title: `x`\n\n## Twice\n\n## Twice\n')
    page = tmp_path / 'page.md'
    good = '[a](other.md) [b](other.md#a-title-x) [c](other.md#twice-1) [d](https://x.example/y)'
    page.write_text(f'{good}\n[e](none.md) [f](other.md#twice-2) [g](#here)\n')
    assert list(broken_links(page)) == ['none.md', 'other.md#twice-2', '#here']


def test_the_readme_is_short_and_leads_to_every_page():
    text = (ROOT / 'README.md').read_text('utf-8')
    assert len(text.splitlines()) <= 200
    linked = set(re.findall(r'\]\(docs/(\w+\.md)', text))
    assert linked == {page.name for page in (ROOT / 'docs').glob('*.md')}


@pytest.mark.parametrize('page', DECISION_PAGES, ids=named)
def test_a_decision_is_short_and_has_its_parts(page):
    text = page.read_text('utf-8')
    assert re.fullmatch(r'\d{4}-[a-z0-9-]+\.md', page.name)
    assert len(text.splitlines()) <= 40
    title, *parts = re.split(r'^#+ +', text, flags=re.MULTILINE)[1:]
    assert title.strip()
    assert [part.partition('\n')[0] for part in parts] == PARTS
    assert all(part.partition('\n')[2].strip() for part in parts)


def test_decisions_are_numbered_without_gaps_and_the_index_lists_each():
    numbers = [int(page.name[:4]) for page in DECISION_PAGES]
    assert numbers == list(range(1, len(numbers) + 1))
    index = (DECISIONS / 'README.md').read_text('utf-8')
    listed = re.findall(r'^- \[(\d{4})\]\((\S+)\) (.+)$', index, re.MULTILINE)
    titles = {page.name: page.read_text('utf-8').splitlines()[0][2:] for page in DECISION_PAGES}
    assert {name: title for _, name, title in listed} == titles
    assert all(name.startswith(number) for number, name, _ in listed)
    assert len(listed) == len(titles)


def figures(page: str, name: str) -> list[list[str]]:
    """Read the rows of the table between a page's markers, without its head."""
    text = (ROOT / page).read_text('utf-8')
    (block,) = re.findall(rf'<!-- {name} -->\n(.*?)<!-- end -->', text, re.DOTALL)
    rows = [line.strip('| ').split(' | ') for line in block.splitlines() if line.startswith('|')]
    return rows[2:]


def test_pages_give_the_shipped_model_the_same_figures():
    model = 'models/compact/README.md'
    on, off = figures(model, 'camvid')
    assert [on, off] == figures('docs/method.md', 'camvid')[:2]
    results = figures('README.md', 'results')
    assert results[0][2:] == [row[1].split(' / ')[0] for row in (on, off)]
    assert results[1][2:] == [on[2], off[2]]
    never_seen = [row[3].strip('*') for row in results if row[3].startswith('**')]
    assert never_seen == [row[1] for row in figures(model, 'never seen')]
    ((_, latency, miou, flicker, off_scores),) = figures('docs/evaluation.md', 'demo')
    assert results[-4][2:] == [miou, off_scores.split(', ')[0]]
    assert results[-3][2:] == [flicker, off_scores.split(', ')[1]]
    assert f'{results[-2][2]} ms' == latency
