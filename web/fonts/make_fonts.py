#!/usr/bin/env python3
"""Makes the fonts of the application from Debian's fonts-inter: subset, figures of equal width, no hinting.

Needs the packages fonts-inter, python3-fonttools. Run it in this folder after a change; the results are committed.
The figures are made tabular by mapping each digit to its "tnum" alternate, since Dear ImGui applies no features.
"""
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

SOURCE = Path("/usr/share/fonts/opentype/inter")
WEIGHTS = {"Inter-Regular.otf": "inter-regular.otf", "Inter-SemiBold.otf": "inter-semibold.otf"}
LATIN = [*range(0x20, 0x7F), *range(0xA0, 0x100)]
SYMBOLS = [ord(c) for c in "–—‘’“”•…‹›€−×÷≈≠≤≥±∞√∑→←↑↓↗∆Δµσλ√½¼¾²³₂ŒœŠšŽžŸ "] + [0x2009, 0x202F, 0x2212]


def tabular(font):
    """{glyph: its tabular alternate} of the font's tnum feature."""
    gsub = font["GSUB"].table
    lookups = {i for f in gsub.FeatureList.FeatureRecord if f.FeatureTag == "tnum" for i in f.Feature.LookupListIndex}
    mapping = {}
    for index in lookups:
        for table in gsub.LookupList.Lookup[index].SubTable:
            mapping.update(getattr(table, "ExtSubTable", table).mapping)
    return mapping


def main():
    for source, target in WEIGHTS.items():
        font = TTFont(SOURCE / source)
        alternates = tabular(font)
        for table in font["cmap"].tables:
            if not table.isUnicode():
                continue
            for code, glyph in list(table.cmap.items()):
                if chr(code) in "0123456789":
                    table.cmap[code] = alternates.get(glyph, glyph)
        options = subset.Options(layout_features=[], hinting=False, desubroutinize=False, notdef_outline=True,
                                 name_IDs=[0, 1, 2, 13, 14], drop_tables=["GSUB", "GPOS", "GDEF", "STAT", "DSIG"])
        subsetter = subset.Subsetter(options)
        subsetter.populate(unicodes=LATIN + SYMBOLS)
        subsetter.subset(font)
        font.save(target)
        print(target, Path(target).stat().st_size, "bytes")


if __name__ == "__main__":
    main()
