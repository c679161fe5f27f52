// How the pack stores public measurements (archive.h); shared by the reader and data/compiler.
#pragma once

#include "core/catalog/archive.h"
#include "core/catalog/measurements.h"

namespace headroom {

template <class Archive>
void fields(Archive& a, PublicMeasurement& m) {
  visit_all(a, m.device, m.backend, m.engine, m.model, m.format, m.date, m.source, m.url, m.devices, m.prompt, m.output,
            m.depth, m.tok_s, m.rows, m.users, m.ubatch, m.flash_attention, m.cache, m.each_tok_s, m.generation_only);
}

}  // namespace headroom
