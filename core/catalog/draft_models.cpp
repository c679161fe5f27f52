#include "core/catalog/draft_models.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <tuple>

#include "core/catalog/dates.h"
#include "core/model/profile.h"

namespace headroom {
namespace {

// A draft model runs once for every token: worth it only where that costs little beside the target's step.
constexpr std::uint64_t kLeastRatio = 4;
// Entries by which padded vocabularies of one tokenizer may differ (llama.cpp, common/speculative.cpp).
constexpr std::uint32_t kPadding = 128;
constexpr int kMonthsOfOneTime = 3;

// Two tokenizers of different makers have the same number of entries by chance only where it is small or round.
bool is_telling(std::uint32_t vocab) {
  constexpr std::uint32_t kLarge = 100000, kRound = 1024;
  return vocab >= kLarge && vocab % kRound != 0;
}

}  // namespace

bool same_vocabulary(std::uint32_t a, std::uint32_t b) { return std::max(a, b) - std::min(a, b) <= kPadding; }

std::vector<std::size_t> draft_models(const Catalog& catalog, const ResolvedScenario& scenario,
                                      const ModelProfile& target) {
  const auto models = catalog.models();
  const ModelEntry* entry = scenario.model.index ? &models[*scenario.model.index] : nullptr;
  const std::uint32_t vocab = target.arch.vocab;
  const auto made_by_same = [&](const ModelEntry& model) {
    return entry != nullptr && model.developer == entry->developer;
  };
  const auto drafts = [&](const ModelEntry& model) {
    if (!model.is_text() || model.kind > ModelKind::vlm) return false;
    if (model.active_params * kLeastRatio > target.active_params) return false;
    if (model.total_params * kLeastRatio > target.total_params) return false;
    if (!same_vocabulary(model.vocab, vocab) || !(made_by_same(model) || is_telling(vocab))) return false;
    return scenario.format->family != FormatFamily::gguf || model.gguf_supported;
  };
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < models.size(); ++i) {
    if (drafts(models[i])) found.push_back(i);
  }
  const auto order = [&](std::size_t index) {
    const ModelEntry& model = models[index];
    const bool contemporary =
        entry != nullptr && std::abs(months_of(model.release) - months_of(entry->release)) <= kMonthsOfOneTime;
    const bool relative = entry != nullptr && model.family == entry->family;
    return std::tuple(!made_by_same(model), !contemporary, model.active_params, !relative, model.id.size(), index);
  };
  std::sort(found.begin(), found.end(), [&](std::size_t a, std::size_t b) { return order(a) < order(b); });
  return found;
}

}  // namespace headroom
