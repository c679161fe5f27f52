// What the pack holds beside the tables of the catalog. A new kind of facts is one function here and one line in
// sections.cpp.
#pragma once

#include "core/catalog/pack.h"
#include "data/compiler/facts.h"

namespace headroom::facts {

// Each function adds its sections to the pack, from the folder of the facts.
using SectionMaker = void (*)(const Facts& facts, PackWriter& pack, Problems& problems);

// texts/<language>: all data/texts/<language>/*.json as one flat object.
void add_texts(const Facts& facts, PackWriter& pack, Problems& problems);
// <name>: every data/<name>.json that no table reads, without its white space.
void add_plain_files(const Facts& facts, PackWriter& pack, Problems& problems);

// measurements, measurement_texts: the public single-stream rows of data/measurements/.
void add_measurements(const Facts& facts, PackWriter& pack, Problems& problems);

void add_sections(const Facts& facts, PackWriter& pack, Problems& problems);

}  // namespace headroom::facts
