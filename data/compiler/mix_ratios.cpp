// Formats without a rule (Unsloth's dynamic ones): how their published files compare with a mix that has one.
#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <string>
#include <string_view>

#include "core/catalog/architecture_json.h"
#include "core/model/profile.h"
#include "data/compiler/readers.h"

namespace headroom::facts {
namespace {

// Below this many files of a kind, the other kind's count too.
constexpr std::size_t kFewest = 5;
// Below this many the lowest and the highest say little of nine tenths of all: the spread of all formats counts too.
constexpr std::size_t kEnough = 20;

double quantile(const std::vector<double>& sorted, double share) {
  const double at = share * static_cast<double>(sorted.size() - 1);
  const auto low = static_cast<std::size_t>(at);
  const std::size_t high = std::min(low + 1, sorted.size() - 1);
  return sorted[low] + (sorted[high] - sorted[low]) * (at - std::floor(at));
}

MixRatio quantiles(std::vector<double> ratios) {
  if (ratios.empty()) return {};
  std::sort(ratios.begin(), ratios.end());
  return {quantile(ratios, 0.05), quantile(ratios, 0.5), quantile(ratios, 0.95)};
}

// Ratios of one format: [0] of dense models, [1] of those with routed experts.
using Ratios = std::array<std::vector<double>, 2>;

std::vector<double> of_kind(const Ratios& ratios, std::size_t kind) {
  std::vector<double> own = ratios[kind];
  if (own.size() < kFewest) own.insert(own.end(), ratios[1 - kind].begin(), ratios[1 - kind].end());
  return own;
}

}  // namespace

void relate_to_mixes(std::vector<Format>& formats, const std::vector<Row>& rows, const std::vector<ModelEntry>& models,
                     Problems& problems) {
  std::map<std::string_view, std::size_t> index;
  for (std::size_t i = 0; i < models.size() && i < rows.size(); ++i) index.emplace(models[i].id, i);
  std::map<std::string, ModelProfile> profiles;
  const auto profile_of = [&](const std::string& id) -> const ModelProfile* {
    const auto made = profiles.find(id);
    if (made != profiles.end()) return &made->second;
    const auto found = index.find(id);
    if (found == index.end()) {
      problems.add("formats.json", "a file of " + id + ", which is not a listed model");
      return nullptr;
    }
    const Result<Architecture> architecture =
        architecture_from_json(rows[found->second].json, rows[found->second].where);
    if (!architecture) return nullptr;  // reported where the models are read
    return &profiles.emplace(id, make_model_profile(id, *architecture)).first->second;
  };

  std::map<const Format*, Ratios> all;
  for (Format& format : formats) {
    if (format.family != FormatFamily::gguf_ud) continue;
    Format rule = format;
    rule.family = FormatFamily::gguf;
    Ratios& ratios = all[&format];
    for (const PublishedSize& file : format.published) {
      const ModelProfile* model = profile_of(file.model);
      if (model == nullptr) continue;
      const WeightProfile weights = make_weight_profile(*model, rule);
      const Bytes counted = file.without_mtp ? weights.file_bytes - weights.mtp : weights.file_bytes;
      if (!weights.available || counted == Bytes(0)) continue;
      ratios[model->has_experts ? 1 : 0].push_back(file.bytes.as_double() / counted.as_double());
    }
  }
  std::array<MixRatio, 2> spread;  // of all formats with enough files, each over its median
  for (std::size_t kind = 0; kind < 2; ++kind) {
    std::vector<double> relative;
    for (const auto& [format, ratios] : all) {
      if (ratios[kind].size() < kEnough) continue;
      const double median = quantiles(ratios[kind]).p50;
      for (const double ratio : ratios[kind]) relative.push_back(ratio / median);
    }
    spread[kind] = quantiles(relative);
  }
  for (Format& format : formats) {
    if (format.family != FormatFamily::gguf_ud) continue;
    for (std::size_t kind = 0; kind < 2; ++kind) {
      const std::vector<double> ratios = of_kind(all[&format], kind);
      MixRatio ratio = quantiles(ratios);
      if (ratio.p50 == 0) problems.add("formats.json", format.id + " names no file of a listed model");
      if (ratios.size() < kEnough && spread[kind].p50 > 0) {
        ratio.p5 = std::min(ratio.p5, ratio.p50 * spread[kind].p5);
        ratio.p95 = std::max(ratio.p95, ratio.p50 * spread[kind].p95);
      }
      (kind == 0 ? format.dense_over_mix : format.experts_over_mix) = ratio;
    }
  }
}

}  // namespace headroom::facts
