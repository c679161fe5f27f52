// Which models can draft for another: small ones that speak the same tokens.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/catalog/catalog.h"
#include "core/catalog/resolve.h"

namespace headroom {

// Whether two vocabularies have equally many entries, apart from padding: a draft model must use the same tokens.
[[nodiscard]] bool same_vocabulary(std::uint32_t a, std::uint32_t b);

// Indices in Catalog::models() of language models with the vocabulary of the one at hand and at most a fourth of its
// active and of its total parameters, those its engine runs. Its developer's models of the same time come first, the
// smallest before all others. For a model that is not in the catalog only the vocabulary tells.
[[nodiscard]] std::vector<std::size_t> draft_models(const Catalog& catalog, const ResolvedScenario& scenario,
                                                    const ModelProfile& target);

}  // namespace headroom
