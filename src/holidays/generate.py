#!/usr/bin/env python3
"""Writes table.bin, the public holidays that the program carries, from the PyPI package `holidays`.

    pip install holidays==0.109     # or newer; then set VERSION in mod.rs to what this prints
    python3 src/holidays/generate.py            write table.bin
    python3 src/holidays/generate.py --check    is table.bin what this package version gives? writes nothing
    python3 src/holidays/generate.py --dump     every code, date and name as the package has them, for the tests

Needs nothing but the package. The same package version gives the same bytes on every run and machine.
The layout is described where it is read, in table.rs; this file only says why it is so.
"""

import re
import sys
from collections import Counter, defaultdict
from datetime import date, timedelta
from pathlib import Path

FIRST, LAST = 2020, 2035
YEARS = range(FIRST, LAST + 1)
EPOCH = date(FIRST, 1, 1)
ALL_YEARS = (1 << len(YEARS)) - 1
TABLE = Path(__file__).with_name("table.bin")

LABELS = ["", "observed", "in lieu"]
FIXED, NTH_WEEKDAY, EASTER, ORTHODOX, ANCHOR, LIST = range(6)
MASK_ESCAPE = 255
MAX_ANCHORS = 120


# --- what the package says ---------------------------------------------------------------------------------------


def days_of(package, country, subdivision):
    """{date: text} for one code, public holidays only, in English where the package has it."""
    language = "en_US" if "en_US" in getattr(package, country).supported_languages else None
    found = package.country_holidays(country, subdiv=subdivision, years=YEARS, language=language)
    return {day: text for day, text in sorted(found.items()) if FIRST <= day.year <= LAST}


def codes(package):
    """Every (country, subdivision or None), each country before its subdivisions."""
    for country, subdivisions in sorted(package.list_supported_countries(include_aliases=False).items()):
        yield country, None
        for subdivision in sorted(subdivisions):
            yield country, subdivision


def parts(text):
    """Takes "A (observed, estimated); B" apart into (name, label, estimated); falls back to the text whole."""
    found = []
    for part in text.split("; "):
        name, label, estimated = part, "", False
        if match := re.fullmatch(r"(.+) \((observed|in lieu)?(?:, )?(estimated)?\)", part):
            name, label, estimated = match[1], match[2] or "", bool(match[3])
        found.append((name, label, estimated))
    return found if joined(found) == text and len(set(found)) == len(found) else [(text, "", False)]


def joined(found):
    """The inverse of parts(), in the order that the package (and table.rs) uses."""
    return "; ".join(sorted(spelled(*part) for part in found))


def spelled(name, label, estimated):
    inside = ", ".join(filter(None, [label, "estimated" if estimated else ""]))
    return f"{name} ({inside})" if inside else name


def country_name(package, country):
    """The package names classes, not countries: UnitedKingdom, IsleOfMan."""
    name = [base.__name__ for base in getattr(package, country).__mro__ if base.__name__ != country][0]
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).replace("DRC", "DR C").replace("Mc D", "McD")
    return re.sub(r" (And|Of|The|Da)\b", lambda small: small[0].lower(), name)


def alpha3(country):
    from holidays.registry import COUNTRIES

    return next(names[2] for names in COUNTRIES.values() if names[1] == country)


def subdivision_names(package, country, subdivision):
    """Names that the package takes for a subdivision, the first for people to read: Berlin; Wellington."""
    aliases = getattr(package, country).subdivisions_aliases.items()
    names = [alias for alias, code in aliases if code == subdivision]
    return sorted(names, key=lambda name: name.isupper())


# --- dates as rules ----------------------------------------------------------------------------------------------


def easter(year, orthodox=False):
    from dateutil.easter import EASTER_ORTHODOX, EASTER_WESTERN
    from dateutil.easter import easter as compute

    return compute(year, EASTER_ORTHODOX if orthodox else EASTER_WESTERN)


EASTERS = {year: easter(year) for year in YEARS}
ORTHODOX_EASTERS = {year: easter(year, True) for year in YEARS}

KEYS = [
    (FIXED, lambda day: date(2000, day.month, day.day).timetuple().tm_yday - 1),
    (NTH_WEEKDAY, lambda day: (day.month - 1) * 35 + (day.day - 1) // 7 * 7 + day.weekday()),
    (EASTER, lambda day: (day - EASTERS[day.year]).days),
    (ORTHODOX, lambda day: (day - ORTHODOX_EASTERS[day.year]).days),
]


def year_mask(days):
    return sum(1 << (year - FIRST) for year in sorted({day.year for day in days}))


def covers(days, anchors):
    """The rules that could say some of these days, best first: (how many, kind, parameter, days)."""
    found = []
    for kind, key in KEYS:
        groups = defaultdict(list)
        for day in days:
            groups[key(day)].append(day)
        parameter, group = max(groups.items(), key=lambda item: (len(item[1]), -item[0]))
        found.append((len(group), -kind, parameter, frozenset(group)))
    for index, anchor in enumerate(anchors):
        offsets = Counter((day - known).days for known in anchor for day in days if abs((day - known).days) < 64)
        if offsets:
            offset, count = min(offsets.items(), key=lambda item: (-item[1], abs(item[0]), item[0]))
            shifted = frozenset(known + timedelta(offset) for known in anchor) & frozenset(days)
            found.append((count, -ANCHOR, (index, offset), shifted))
    return sorted(found, key=lambda item: (-item[0], -item[1], item[2]))


def rules_for(days, anchors):
    """Says a set of days as few rules; what no rule says at least three of is listed."""
    rest, rules = set(days), []
    while rest:
        count, kind, parameter, group = covers(sorted(rest), anchors)[0]
        if count < 3 and count < len(rest):
            rules.append((LIST, tuple(sorted(rest))))
            break
        rules.append((-kind, parameter, group))
        rest -= group
    return rules


def choose_anchors(day_sets):
    """Movable calendars (Hijri, lunisolar, observed days) recur among countries, often a day apart: each is stored
    once and the others point at it with a shift."""
    listed = Counter()
    for days in day_sets:
        for rule in rules_for(days, []):
            if rule[0] == LIST:
                listed[rule[1]] += day_sets[days]
    left = {days: set(days) for days in sorted(listed) if len(days) >= 3}
    candidates = [days for days in left if 4 <= len(days) <= 21]
    anchors = []
    while len(anchors) < MAX_ANCHORS:
        best = (0, ())
        for candidate in candidates:
            gain = -2 * len(candidate)
            for days in left.values():
                if days:
                    offsets = Counter((day - known).days for known in candidate for day in days if abs((day - known).days) < 64)
                    count = max(offsets.values(), default=0)
                    gain += max(0, 2 * count - 5) if count >= 3 else 0
            best = max(best, (gain, candidate))
        if best[0] <= 4:
            break
        anchors.append(best[1])
        candidates.remove(best[1])
        for days in left.values():
            shifts = Counter((day - known).days for known in best[1] for day in days if abs((day - known).days) < 64)
            if shifts and max(shifts.values()) >= 3:
                offset = min(shifts.items(), key=lambda item: (-item[1], abs(item[0]), item[0]))[0]
                days -= {known + timedelta(offset) for known in best[1]}
    return anchors


# --- bytes -------------------------------------------------------------------------------------------------------


def varint(number):
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes(out + bytes([number]))


def zigzag(number):
    return varint(2 * number if number >= 0 else -2 * number - 1)


def day_list(days):
    out, before = varint(len(days)), EPOCH
    for day in sorted(days):
        out += varint((day - before).days)
        before = day
    return out


class Texts:
    """Byte-pair coding: a byte of text is a letter or stands for two others. Deflate would make the names 6 KB smaller
    and its decoder the program 10 KB larger; this decodes one name without the rest."""

    def __init__(self, texts):
        self.letters = sorted(set(b"".join(text.encode() for text in texts)))
        code = {letter: index + 1 for index, letter in enumerate(self.letters)}
        body = b"".join(bytes(code[byte] for byte in text.encode()) + b"\0" for text in texts)
        self.pairs = []
        for symbol in range(len(self.letters) + 1, 256):
            counts = Counter(zip(body, body[1:]))
            pair = min((-count, pair) for pair, count in counts.items() if 0 not in pair)[1]
            self.pairs.append(pair)
            body = body.replace(bytes(pair), bytes([symbol]))
        self.coded = dict(zip(texts, (text + b"\0" for text in body.split(b"\0"))))

    def table(self):
        return (
            varint(len(self.letters)) + bytes(self.letters)
            + varint(len(self.pairs)) + b"".join(map(bytes, self.pairs))
        )  # fmt: skip


class Masks:
    """Sets of years; the 255 most used have a number of one byte."""

    def __init__(self, masks):
        counts = Counter(masks)
        self.ranked = sorted((mask for mask in counts if counts[mask] > 2), key=lambda mask: (-counts[mask], mask))
        self.ranked = self.ranked[:MASK_ESCAPE]
        self.number = {mask: index for index, mask in enumerate(self.ranked)}

    def coded(self, mask):
        if mask in self.number:
            return bytes([self.number[mask]])
        return bytes([MASK_ESCAPE]) + mask.to_bytes(2, "little")

    def table(self):
        return varint(len(self.ranked)) + b"".join(mask.to_bytes(2, "little") for mask in self.ranked)


def items_of(days):
    """{date: text} as items: (name, label, first estimated year or None, dates), each a name on some dates."""
    by_name = defaultdict(dict)
    for day, text in days.items():
        for name, label, estimated in parts(text):
            by_name[name, label][day] = estimated
    items = set()
    for (name, label), marks in by_name.items():
        items |= split_estimated(name, label, marks)
    return items


def split_estimated(name, label, marks):
    """One item where every date from some year on is estimated and none before; two where it is not so simple."""
    sure = frozenset(day for day, estimated in marks.items() if not estimated)
    doubtful = frozenset(marks) - sure
    if not doubtful:
        return {(name, label, None, sure)}
    since = min(doubtful).year
    if all(day.year < since for day in sure):
        return {(name, label, since, sure | doubtful)}
    return {(name, label, None, sure), (name, label, FIRST, doubtful)}


def difference(country, subdivision):
    """(items of the country that the subdivision does not have, items it has besides)."""
    dropped, added = [], []
    ours = defaultdict(dict)
    for name, label, since, days in subdivision:
        for day in days:
            ours[name, label][day] = since is not None and day.year >= since
    for item in sorted(country, key=order):
        name, label, since, days = item
        theirs = {day: since is not None and day.year >= since for day in days}
        mine = ours[name, label]
        if all(mine.get(day) == mark for day, mark in theirs.items()):
            for day in theirs:
                del mine[day]
        else:
            dropped.append(item)
    for (name, label), marks in ours.items():
        if marks:
            added += split_estimated(name, label, marks)
    return dropped, sorted(added, key=order)


def order(item):
    name, label, since, days = item
    return (name, label, since or 0, tuple(sorted(days)))


def encode(package):
    facts = {code: days_of(package, *code) for code in codes(package)}
    base = {country: items_of(days) for (country, subdivision), days in facts.items() if subdivision is None}
    dropped, own = {}, {}
    for code in facts:
        country, subdivision = code
        if subdivision is None:
            dropped[code], own[code] = [], sorted(base[country], key=order)
        else:
            dropped[code], own[code] = difference(base[country], items_of(facts[code]))

    uses = Counter(item for items in own.values() for item in items)
    anchors = choose_anchors(Counter(item[3] for item in sorted(uses, key=order)))
    rules = {days: rules_for(days, anchors) for days in sorted({item[3] for item in uses}, key=sorted)}

    names = Counter(name for name, *_ in uses)
    names = sorted(names, key=lambda name: (-names[name], name))
    name_number = {name: index for index, name in enumerate(names)}
    country_names = {country: country_name(package, country) for country in base}
    aliases = {code: subdivision_names(package, *code) for code in facts if code[1]}
    texts = Texts(
        sorted({*names, *country_names.values(), *(code[1] for code in aliases), *sum(aliases.values(), [])})
    )
    masks = Masks(
        year_mask(rule[2]) for item in sorted(uses, key=order) for rule in rules[item[3]] if rule[0] < ANCHOR
    )

    def coded_rule(rule, more, label, since):
        kind = rule[0]
        head = kind | more << 3 | LABELS.index(label) << 5 | (since is not None) << 7
        tail = b"" if since is None else bytes([since - FIRST])
        if kind == LIST:
            return bytes([head]) + tail + day_list(rule[1])
        if kind == ANCHOR:
            (index, offset), days = rule[1:]
            bits = sum(1 << at for at, known in enumerate(anchors[index]) if known + timedelta(offset) in days)
            whole = bits == (1 << len(anchors[index])) - 1
            body = varint(index) + zigzag(offset) + (b"" if whole else varint(bits))
        else:
            bits = year_mask(rule[2])
            whole = bits == ALL_YEARS
            parameter = varint(rule[1]) if kind in (FIXED, NTH_WEEKDAY) else zigzag(rule[1])
            body = parameter + (b"" if whole else masks.coded(bits))
        return bytes([head | whole << 4]) + tail + body

    def coded_item(item):
        name, label, since, days = item
        out = varint(name_number[name])
        for index, rule in enumerate(rules[days]):
            first = index == 0
            more = index + 1 < len(rules[days])
            out += coded_rule(rule, more, label if first else "", since if first else None)
        return out

    shared = sorted((item for item in uses if uses[item] > 1), key=lambda item: (-uses[item], order(item)))
    shared_number = {item: index for index, item in enumerate(shared)}

    def coded_items(items):
        numbers = sorted(shared_number[item] for item in items if item in shared_number)
        alone = [item for item in items if item not in shared_number]
        out, before = varint(len(numbers)), 0
        for number in numbers:
            out += varint(number - before)
            before = number
        return out + varint(len(alone)) + b"".join(map(coded_item, alone))

    def item_order(country):
        """As table.rs meets them: the shared ones by number, then the others."""
        items = own[country, None]
        return sorted((i for i in items if i in shared_number), key=shared_number.get) + [
            i for i in items if i not in shared_number
        ]

    sizes = Counter()
    countries = b""
    for country in sorted(base):
        years = sorted({day.year for day in facts[country, None]})
        first, last = (years[0], years[-1]) if years else (FIRST, FIRST - 1)
        assert years == list(range(first, last + 1)), f"{country}: a year without holidays between others: {years}"
        head = country.encode() + alpha3(country).encode() + texts.coded[country_names[country]]
        head += bytes([first - FIRST, last + 1 - FIRST]) + coded_items(own[country, None])
        position = {item: index for index, item in enumerate(item_order(country))}
        subdivisions = [code for code in facts if code[0] == country and code[1]]
        body = varint(len(subdivisions))
        for code in subdivisions:
            assert {day.year for day in facts[code]} == set(years), f"{code}: other years than its country"
            body += texts.coded[code[1]] + varint(len(aliases[code]))
            body += b"".join(texts.coded[alias] for alias in aliases[code])
            dropping = sorted(position[item] for item in dropped[code])
            tail = varint(len(dropping)) + b"".join(map(varint, dropping)) + coded_items(own[code])
            sizes["subdivision texts"] += len(body)
            sizes["subdivision items"] += len(tail)
            body += varint(len(tail)) + tail
        countries += varint(len(head) + len(body)) + head + body

    sections = {
        "magic": b"AHOL\x01" + package.__version__.encode() + b"\0",
        "letters and pairs": texts.table(),
        "names": varint(len(names)) + b"".join(texts.coded[name] for name in names),
        "masks": masks.table(),
        "anchors": varint(len(anchors)) + b"".join(map(day_list, anchors)),
        "shared": varint(len(shared)) + b"".join(map(coded_item, shared)),
        "countries": countries,
    }
    return b"".join(sections.values()), {name: len(section) for name, section in sections.items()}


def main(arguments):
    import holidays

    if arguments == ["--dump"]:
        print(f"# {holidays.__version__}")
        for country, subdivision in codes(holidays):
            code = f"{country}-{subdivision}" if subdivision else country
            print(code)
            for day, text in days_of(holidays, country, subdivision).items():
                print(f"{code}\t{day}\t{text}")
        return 0
    table, sections = encode(holidays)
    if arguments == ["--check"]:
        same = TABLE.exists() and TABLE.read_bytes() == table
        print(f"{TABLE.name}: {'what' if same else 'NOT what'} holidays {holidays.__version__} gives")
        return 0 if same else 1
    if arguments:
        print(__doc__, file=sys.stderr)
        return 2
    TABLE.write_bytes(table)
    print(f"{TABLE.name}: {len(table)} bytes from holidays {holidays.__version__}: {sections}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
