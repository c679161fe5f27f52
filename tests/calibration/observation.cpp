#include "tests/calibration/observation.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <optional>
#include <utility>

#include "core/catalog/dates.h"
#include "core/speed/ranges.h"
#include "core/speed/roofline.h"

namespace headroom {
namespace {

// Programs that are not engines of the catalog, and the engine whose rules they follow.
constexpr std::array<std::pair<const char*, const char*>, 9> kVariants{{{"llamafile", "llama.cpp"},
                                                                        {"ik_llama.cpp", "llama.cpp"},
                                                                        {"unsloth-studio", "llama.cpp"},
                                                                        {"hipfire", "llama.cpp"},
                                                                        {"exllamav2", "exllamav3"},
                                                                        {"omlx", "mlx"},
                                                                        {"vllm-mlx", "mlx"},
                                                                        {"mlx-lm-turboquant", "mlx"},
                                                                        {"mlc-llm", "tensorrt-llm"}}};

std::optional<Backend> backend_by_name(std::string_view name) {
  for (std::size_t i = 0; i < static_cast<std::size_t>(Backend::count); ++i) {
    if (name == backend_name(static_cast<Backend>(i))) return static_cast<Backend>(i);
  }
  return std::nullopt;
}

// Of all sequences at their longest. Sequences whose cache does not fit wait for others, and how they share what there
// is depends on the scheduler.
Traffic cache_bytes(const Observation& o) {
  const StepLoad shape = make_step_load(o.settings);
  const double longest = static_cast<double>(o.row->depth) + o.row->prompt + o.row->output;
  Traffic bytes;
  for (std::size_t g = 0; g < o.profile.cost.groups.size(); ++g) {
    bytes += o.model->groups[g].count * kv_bytes_read(o.profile.cost.groups[g], shape, longest);
  }
  return shape.sequences * bytes;
}

class Builder {
 public:
  explicit Builder(const Catalog& catalog) : catalog_(catalog) {}

  void add(const MeasuredRow& row) {
    Observation observation;
    observation.row = &row;
    if (const char* reason = fill(observation)) {
      ++skipped_[std::string(reason) + ": " +
                 (reason == kNoFormat   ? row.format
                  : reason == kNoEngine ? row.engine
                                        : "")];
      return;
    }
    set_.rows.push_back(std::move(observation));
  }

  ObservationSet finish() {
    for (const auto& [reason, count] : skipped_) set_.skipped.push_back(reason + " x" + std::to_string(count));
    weigh();
    return std::move(set_);
  }

 private:
  static constexpr const char* kNoFormat = "unknown format";
  static constexpr const char* kNoEngine = "unknown engine";

  const Engine* engine(const std::string& id) {
    if (const Engine* known = catalog_.find_engine(id)) return known;
    for (const auto& made : set_.engines) {
      if (made->id == id) return made.get();
    }
    for (const auto& [variant, base] : kVariants) {
      const Engine* rules = id == variant ? catalog_.find_engine(base) : nullptr;
      if (rules == nullptr) continue;
      set_.engines.push_back(std::make_unique<Engine>(*rules));
      set_.engines.back()->id = id;
      return set_.engines.back().get();
    }
    return nullptr;
  }

  const Format* format(const MeasuredRow& row) const {
    if (const Format* known = catalog_.find_format(row.format)) return known;
    if (row.format == "INT4") return catalog_.find_format("AWQ-INT4");
    if (row.format == "F16") return catalog_.find_format("FP16");
    return nullptr;
  }

  const char* fill(Observation& o) {
    const MeasuredRow& row = *o.row;
    const auto device = catalog_.find_device(row.device);
    if (!device) return "unknown device";
    const auto model = catalog_.find_model(row.model);
    if (!model || !catalog_.models()[*model].is_text()) return "unknown model";
    const Format* in_format = format(row);
    if (in_format == nullptr) return kNoFormat;
    o.engine = engine(row.engine);
    if (o.engine == nullptr) return kNoEngine;
    const auto backend = backend_by_name(row.backend);
    if (!backend) return "unknown backend";
    if (row.count == 0 || row.count > kMaxDevices) return "too many devices";

    auto& profile = models_[*model];
    if (!profile) {
      profile = std::make_shared<const ModelProfile>(make_model_profile(row.model, catalog_.architecture(*model)));
    }
    o.model = profile;
    auto& weights = weights_[{*model, in_format}];
    if (!weights) weights = std::make_shared<const WeightProfile>(make_weight_profile(*profile, *in_format));
    if (!weights->available) return "format refused";
    o.weights = weights;

    const Device& part = catalog_.devices()[*device].device;
    if (part.bandwidth.value() <= 0) return "unknown bandwidth";
    for (std::uint32_t i = 0; i < row.count; ++i) o.system.devices.push_back(&part);
    o.system.backend = *backend;
    o.system.interconnect = automatic_link(o.system);

    Settings& s = o.settings;
    s.cache.parallel = std::max(row.concurrency, 1U);
    s.cache.batch = o.engine->default_batch;
    s.cache.ubatch = row.ubatch > 0 ? row.ubatch : o.engine->default_ubatch;
    s.cache.flash_attention = !row.flash_attention_off;
    if (row.kv == "fp8") s.cache.k = s.cache.v = {1, 1};
    if (row.kv == "q8_0") s.cache.k = s.cache.v = {32, 34};
    if (row.kv == "q4_0") s.cache.k = s.cache.v = {32, 18};
    s.workload.prompt = row.prompt;
    s.workload.output = row.output;
    s.workload.cached_prefix = row.depth;
    const bool tensor = o.engine->tensor_parallel && o.engine->cache != CachePolicy::cells;
    o.placement = resident_placement(*o.model, row.count, tensor, row.expert_parallel, row.data_parallel);
    o.kernel = kernel_label(*in_format, weights->block_scaled);
    const double flops = 2 * static_cast<double>(o.model->active_params) * row.tok_s / row.count;
    const double peak = peak_of(part, *backend, *o.engine, o.kernel).rate.value();
    if (row.kind == MeasuredKind::prefill && peak > 0 && flops > peak) return "prompt faster than the peak";
    o.subject = make_subject(part, *backend, *o.engine, o.kernel, o.system.interconnect);
    o.profile = make_speed_profile(Calibration{}, *o.model, *o.weights, o.system, *o.engine);
    o.last_fit = &catalog_.calibration();
    if (traffic(o.weights->file_bytes) + cache_bytes(o) > row.count * traffic(part.memory)) {
      return "more sequences than the memory holds";
    }
    const double depth = row.depth + row.prompt + 0.5 * row.output;
    o.cls = row.kind == MeasuredKind::prefill ? SpeedClass::prefill
                                              : decode_class(o.profile.cost.has_experts, depth, row.concurrency > 1);
    return nullptr;
  }

  // A device measured a thousand times counts more than one measured ten times, but not a hundred times more; the same
  // for the models of a device.
  void weigh() {
    std::map<std::string, double> of_device, of_model;
    const auto device_key = [](const Observation& o) {
      return o.row->device + char('0' + static_cast<int>(o.row->kind));
    };
    for (const Observation& o : set_.rows) {
      ++of_device[device_key(o)];
      ++of_model[device_key(o) + o.row->model];
    }
    for (Observation& o : set_.rows) {
      const double device = of_device[device_key(o)];
      const double model = of_model[device_key(o) + o.row->model];
      const double share = 10 * model / device;
      o.weight = std::clamp(5 / std::sqrt(device) / std::pow(share, 0.25), 0.2, 2.0);
    }
    discount_old_builds();
  }

  // What people run is a recent build: where a machine and engine were measured again later, a decode counts half for
  // every three quarters of a year that it is older, down to three tenths. Of prompts the fit already lies with the
  // recent ones, which are most.
  void discount_old_builds() {
    constexpr double kMonthsToHalf = 9, kLeast = 0.3;
    const auto machine = [](const Observation& o) {
      return o.row->device + '|' + o.row->backend + '|' + engine_family(*o.engine);
    };
    std::map<std::string, int> newest;
    for (const Observation& o : set_.rows) {
      int& latest = newest[machine(o)];
      latest = std::max(latest, months_of(o.row->date));
    }
    for (Observation& o : set_.rows) {
      const int month = months_of(o.row->date);
      if (month == 0 || o.cls == SpeedClass::prefill) continue;
      o.weight *= std::max(kLeast, std::exp2((month - newest[machine(o)]) / kMonthsToHalf));
    }
  }

  const Catalog& catalog_;
  ObservationSet set_;
  std::map<std::size_t, std::shared_ptr<const ModelProfile>> models_;
  std::map<std::pair<std::size_t, const Format*>, std::shared_ptr<const WeightProfile>> weights_;
  std::map<std::string, int> skipped_;
};

}  // namespace

double Observation::log_measured() const { return std::log(row->tok_s); }

double Observation::log_estimated(const Efficiencies& efficiencies) {
  set_rates(profile, system, *engine, kernel, efficiencies);
  const Speed estimate = speed(placement, settings, profile);
  if (is_first_token()) return -std::log(estimate.ttft_s.p50);
  if (row->wall && estimate.has_prefill && estimate.has_decode) {
    return std::log(estimate.throughput_tok_s.p50 / row->concurrency);
  }
  const double tok_s = row->kind == MeasuredKind::prefill ? estimate.prefill_tok_s.p50 : estimate.decode_tok_s.p50;
  return tok_s > 0 ? std::log(tok_s) : std::nan("");
}

bool Observation::holds_first_token(const Efficiencies& efficiencies, Acquaintance acquaintance) {
  const std::string group = range_group(*system.devices[0], system.backend, *engine);
  for (std::size_t i = 0; i < kSpeedClasses; ++i) {
    profile.ranges[i] = last_fit->range(static_cast<SpeedClass>(i), group, acquaintance);
  }
  set_rates(profile, system, *engine, kernel, efficiencies);
  const Range range = speed(placement, settings, profile).ttft_s;
  return range.p10 <= 1 / row->tok_s && 1 / row->tok_s <= range.p90;
}

Placement resident_placement(const ModelProfile& model, std::size_t devices, bool tensor_split,
                             std::uint32_t expert_parallel, std::uint32_t data_parallel) {
  Placement placement;
  placement.status = FitStatus::fits;
  const bool tensor = tensor_split && devices > 1;
  placement.split = devices == 1 ? Split::none : tensor ? Split::tensor : Split::layer;
  if (tensor) {
    const auto ranks = static_cast<std::uint32_t>(devices);
    placement.data_parallel = std::clamp(data_parallel, 1U, ranks);
    placement.tensor_parallel = ranks / placement.data_parallel;
    placement.expert_parallel = std::min(expert_parallel, ranks);
  }
  const std::size_t layers = model.group_of_layer.size();
  for (std::size_t d = 0; d < devices; ++d) {
    DeviceShare share;
    share.layers_of_group.resize(model.groups.size());
    const std::size_t first = tensor ? 0 : layers * d / devices;
    const std::size_t last = tensor ? layers : layers * (d + 1) / devices;
    for (std::size_t layer = first; layer < last; ++layer) ++share.layers_of_group[model.group_of_layer[layer]];
    share.layers = static_cast<std::uint16_t>(last - first);
    share.holds_output = tensor || d + 1 == devices;
    placement.devices.push_back(share);
  }
  return placement;
}

ObservationSet make_observations(const Catalog& catalog, const std::vector<MeasuredRow>& measured) {
  Builder builder(catalog);
  for (const MeasuredRow& row : measured) builder.add(row);
  return builder.finish();
}

}  // namespace headroom
