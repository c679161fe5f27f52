// A measured row made computable: the core's own profile, placement and settings of that run.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/catalog/catalog.h"
#include "core/speed/speed.h"
#include "tests/calibration/measured.h"

namespace headroom {

struct Observation {
  const MeasuredRow* row = nullptr;
  std::shared_ptr<const ModelProfile> model;
  std::shared_ptr<const WeightProfile> weights;
  const Engine* engine = nullptr;
  System system;
  Settings settings;
  Placement placement;
  std::string kernel;
  Subject subject;
  SpeedProfile profile;  // its rates are replaced at every evaluation
  double weight = 1;     // in the fit
  SpeedClass cls = SpeedClass::decode_dense;
  const Calibration* last_fit = nullptr;
  [[nodiscard]] bool is_first_token() const { return row->kind == MeasuredKind::first_token; }
  [[nodiscard]] double log_measured() const;
  // Estimated tokens per second with these efficiencies, as a natural logarithm.
  [[nodiscard]] double log_estimated(const Efficiencies& efficiencies);
  // Whether the measured first token among others lies in its range, which follows from how requests may arrive and
  // from the ranges of prompts of the last fit.
  [[nodiscard]] bool holds_first_token(const Efficiencies& efficiencies, Acquaintance acquaintance);
};

struct ObservationSet {
  std::vector<std::unique_ptr<Engine>> engines;  // variants of catalog engines that only the measurements know
  std::vector<Observation> rows;
  std::vector<std::string> skipped;  // why rows were left out, one line per kind
};

// `measured` and `catalog` must outlive the set.
[[nodiscard]] ObservationSet make_observations(const Catalog& catalog, const std::vector<MeasuredRow>& measured);

// All layers in device memory: what a row that is not flagged as offloaded ran with.
[[nodiscard]] Placement resident_placement(const ModelProfile& model, std::size_t devices, bool tensor_split,
                                           std::uint32_t expert_parallel, std::uint32_t data_parallel);

}  // namespace headroom
