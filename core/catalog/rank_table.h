// Every text model in every format of the short list, prepared for ranking. Built piece by piece; models that share an
// architecture share their profiles.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "core/catalog/catalog.h"
#include "core/catalog/quality.h"
#include "core/estimate.h"
#include "core/model/profile.h"

namespace headroom {

// What a ranking says of one model.
struct RankedModel {
  std::size_t model = 0;  // index in Catalog::models()
  const Format* format = nullptr;
  FitStatus fit = FitStatus::does_not_fit;
  char grade = 'F';
  std::uint32_t score = 0;
  double exact_score = 0;
  ScoreParts parts;
  bool speed_known = false;
  Range decode_tok_s;
  Range ttft_s;
  std::uint32_t safe_context = 0;
  Bytes weights, total;
  std::uint32_t devices_needed = 1;  // of this device, by memory alone, when it does not fit
};

inline constexpr std::size_t kAllModels = std::numeric_limits<std::size_t>::max();

class RankTable {
 public:
  // All must outlive the table.
  RankTable(const Catalog& catalog, const FormatQualities& qualities, const ModelQualities& model_qualities);

  // Prepares up to `models` more; true once every text model is there.
  bool extend(std::size_t models);

  struct Query {
    const Engine* engine = nullptr;
    System system;
    Settings settings;
    std::size_t workload = 0;             // index in Catalog::workloads(), for the quality ranks
    const Format* only_format = nullptr;  // null: the best of the short list
    std::optional<PersonalFactors> personal;
  };
  // One row per text model at its best format, in catalog order. Needs a complete table. Keeps the compute curves for
  // the next question of the same engine and settings.
  [[nodiscard]] std::vector<RankedModel> rank(const Query& query);
  // How many text models have a format that fits entirely.
  [[nodiscard]] std::uint32_t count_fitting(const Query& query);
  [[nodiscard]] std::size_t model_count() const { return text_models_.size(); }

 private:
  struct Shape {                         // an architecture and its formats, shared by fine-tunes
    ModelProfile profile;                // without its inventory
    std::vector<WeightProfile> weights;  // those of the short list there are, the largest file first
    DynamicMemory dynamic;               // for curves_, once `computed`
    bool computed = false;
    std::size_t number = 0;
  };
  // What compute curves depend on besides the model.
  struct CurveKey {
    const Engine* engine = nullptr;
    Backend backend = Backend::cuda;
    std::size_t devices = 0;
    CacheSettings cache;
    friend bool operator==(const CurveKey&, const CurveKey&) = default;
  };
  // What is the same for all models of a query.
  struct Work {
    const Query& query;
    Bytes on_devices, capacity;  // what weights may take of the devices, and at all
    SystemSpeed speeds;
    Settings settings;
    double quality = -1;
    std::vector<const WeightProfile*> formats;  // those of the model at hand that can be tried
    // Asks for as much of the query's context as the model has, which it tells, and for no text from what writes none.
    std::uint32_t ask_of(const ModelEntry& entry) {
      const std::uint32_t wanted = query.settings.cache.context;
      settings.cache.context = entry.max_context > 0 ? std::min(wanted, entry.max_context) : wanted;
      settings.workload.output = entry.generates() ? query.settings.workload.output : 0;
      return settings.cache.context;
    }
  };
  void use_curves_of(const Query& query);
  [[nodiscard]] Work begin(const Query& query);
  // Whether the query's engine can run the model in this format, and one could have such a file.
  [[nodiscard]] static bool offers(const Query& query, const ModelEntry& entry, const Format& format);
  // The smallest format that it can; null where there is none.
  [[nodiscard]] static const WeightProfile* smallest(const Query& query, const ModelEntry& entry, const Shape& shape);
  void compute_memory(const Work& work, Shape& shape, const WeightProfile& weights) const;
  // The format with the best score, or one near it; of those that could be placed at all.
  [[nodiscard]] RankedModel best_format(Work& work, Shape& shape, const ModelEntry& entry) const;
  [[nodiscard]] RankedModel rank_one(Work& work, Shape& shape, const ModelEntry& entry) const;

  const Catalog& catalog_;
  const FormatQualities& qualities_;
  const ModelQualities& model_qualities_;
  std::vector<const Format*> short_list_;
  std::vector<std::size_t> text_models_;  // indices in Catalog::models()
  std::map<std::size_t, std::shared_ptr<Shape>> shape_of_architecture_;
  std::vector<std::shared_ptr<Shape>> shapes_;  // parallel to text_models_, as far as built
  CurveKey curves_;
};

}  // namespace headroom
