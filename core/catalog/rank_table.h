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
#include <span>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "core/advice/format_bound.h"
#include "core/catalog/catalog.h"
#include "core/catalog/quality.h"
#include "core/catalog/resolve.h"
#include "core/estimate.h"
#include "core/model/profile.h"

namespace headroom {

// One row of a ranking.
struct RankedModel {
  std::size_t model = 0;  // index in Catalog::models()
  const Engine* engine = nullptr;
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
  std::uint32_t devices_needed = 1;  // of this device, by memory alone, when it does not fit; 0: no number would do
};

inline constexpr std::size_t kAllModels = std::numeric_limits<std::size_t>::max();

class RankTable {
 public:
  // Formats of the short list that there is room for: bits of Row::offers. The facts' compiler refuses more.
  static constexpr std::size_t kMostVariants = std::numeric_limits<std::uint32_t>::digits;
  using Wanted = bool (*)(const ModelEntry&);
  // Of the text models that are wanted; null: of all. All must outlive the table.
  RankTable(const Catalog& catalog, const FormatQualities& qualities, const ModelQualities& model_qualities,
            Wanted wanted = nullptr);

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
  // One row per text model at its best format: those that run first, of them those that converse, by falling score; of
  // equals the larger, of those that do not run the smaller. Needs a complete table. Keeps the compute curves for the
  // next question of the same engine and settings.
  [[nodiscard]] std::vector<RankedModel> rank(const Query& query);
  // How many text models fit entirely, each in its smallest format.
  [[nodiscard]] std::uint32_t count_fitting(const Query& query);
  [[nodiscard]] std::size_t model_count() const { return text_models_.size(); }
  [[nodiscard]] std::span<const std::size_t> models() const { return text_models_; }
  [[nodiscard]] static std::vector<RankedModel> in_order(const std::vector<RankedModel>& rows);

 private:
  static constexpr double kSettled = -1;  // bound of a format that need not be tried any more
  static constexpr std::size_t kUnknown = std::numeric_limits<std::size_t>::max();
  // What a search reads of a format before it tries it.
  struct Variant {
    FormatCost cost;
    std::size_t format = 0;  // index in short_list_
    double kept = 1;         // QualityInputs::format, of models that were not released in it
    LongestContext longest;  // as of longest_
  };
  struct Shape {                         // an architecture and its formats, shared by fine-tunes
    ModelProfile profile;                // without its inventory
    std::vector<WeightProfile> weights;  // those of the short list there are, the largest file first
    std::vector<Variant> variants;       // of each of them
    DynamicMemory dynamic;               // for curves_, once `computed`
    bool computed = false;
    std::size_t number = 0;
  };
  struct Row {  // a text model
    std::shared_ptr<Shape> shape;
    std::size_t model = 0;            // index in Catalog::models()
    std::uint32_t offers = 0;         // bit by bit, the variants to be had as of offers_
    std::size_t released = kUnknown;  // the one that it was released in, if that is among them
    [[nodiscard]] bool offers_variant(std::size_t i) const { return (offers >> i & 1U) != 0; }
  };
  // What compute curves depend on besides the model.
  struct CurveKey {
    const Engine* engine = nullptr;
    Backend backend = Backend::cuda;
    std::size_t devices = 0;
    CacheSettings cache;
    friend bool operator==(const CurveKey&, const CurveKey&) = default;
  };
  // What the longest context of a format on one device depends on.
  struct LongestKey {
    const Engine* engine = nullptr;
    System system;
    Settings settings;
    [[nodiscard]] bool is_of(const Query& query) const {
      return engine == query.engine && system == query.system && places_alike(settings, query.settings);
    }
  };
  // What decides which formats a model is offered in.
  struct OfferKey {
    const Engine* engine = nullptr;
    const Format* only_format = nullptr;
    Backend backend = Backend::cuda;
    InlineVector<const Device*, kMaxDevices> devices;
    friend bool operator==(const OfferKey&, const OfferKey&) = default;
  };
  // Speeds of an engine on a machine.
  struct Machine {
    Machine(const Calibration& calibration, const Query& query)
        : engine(query.engine),
          system(query.system),
          personal(query.personal),
          speeds(calibration, system, *engine, personal) {}
    Machine(const Machine&) = delete;  // `speeds` refers to `system`
    Machine& operator=(const Machine&) = delete;
    [[nodiscard]] bool is_of(const Query& query) const {
      return engine == query.engine && system == query.system && personal == query.personal;
    }
    const Engine* engine;
    System system;
    std::optional<PersonalFactors> personal;
    SystemSpeed speeds;
    std::vector<PaceRatio> paces;  // from one format of the short list to another, row by row
  };
  // What all models of a query share.
  struct Work {
    const Query& query;
    Machine& machine;
    Bytes on_devices, capacity;  // what weights may take on the devices, and in total
    Settings settings;
    double quality = -1;
    const Format* best_before = nullptr;  // of the model ranked before
    // Limits the query's context to the model's, and asks for no output from a model that generates none. Returns the
    // context.
    std::uint32_t ask_of(const ModelEntry& entry) {
      const std::uint32_t wanted = query.settings.cache.context;
      settings.cache.context = entry.max_context > 0 ? std::min(wanted, entry.max_context) : wanted;
      settings.workload.prompt = query.settings.workload.prompt;
      settings.workload.output = query.settings.workload.output;
      settings.workload.cached_prefix = query.settings.workload.cached_prefix;
      settings.targets.context_wanted = query.settings.targets.context_wanted;
      if (!entry.generates()) settings.workload.output = 0;
      if (entry.kind == ModelKind::asr) ask_in_pieces(settings, entry.max_context);
      return settings.cache.context;
    }
    // A model without MTP layers in this format is ranked as it runs without speculation; a draft model fits one model
    // alone, so none is taken here.
    void speculate_with(const WeightProfile& weights) {
      const bool has_mtp =
          query.settings.speculation.kind == SpeculationKind::mtp && weights.has_mtp(query.engine->counts_output());
      settings.speculation = has_mtp ? query.settings.speculation : Speculation{};
    }
  };
  class FormatSearch;
  void use_curves_of(const Query& query);
  void use_longest_of(const Query& query);
  void use_offers_of(const Query& query);
  [[nodiscard]] Work begin(const Query& query);
  // Whether the query's engine runs the model in this format, and such a file exists.
  [[nodiscard]] static bool offers(const Query& query, const ModelEntry& entry, const Format& format);
  // The smallest such format; null where there is none.
  [[nodiscard]] static const WeightProfile* smallest(const Row& row);
  [[nodiscard]] Machine& machine_of(const Query& query);
  // Whether a text model of this architecture was released in the format.
  [[nodiscard]] bool any_released_in(const Format& format, std::size_t architecture) const;
  [[nodiscard]] std::shared_ptr<Shape> make_shape(std::size_t model) const;
  void compute_memory(const Work& work, Shape& shape) const;
  [[nodiscard]] RankedModel rank_one(Work& work, const Row& row) const;

  const Catalog& catalog_;
  const FormatQualities& qualities_;
  const ModelQualities& qualities_of_models_;
  std::vector<const Format*> short_list_;
  std::vector<std::size_t> text_models_;  // indices in Catalog::models()
  // By architecture, whether the model generates, and its native precision.
  std::map<std::tuple<std::size_t, bool, std::string_view>, std::shared_ptr<Shape>> shapes_;
  std::vector<Row> rows_;                // parallel to text_models_, as far as built
  std::vector<double> model_qualities_;  // of each row, workload by workload
  CurveKey curves_;
  LongestKey longest_;
  OfferKey offers_;
  std::unique_ptr<Machine> machine_;  // of the last query
};

}  // namespace headroom
