// Facts in, types out. A Catalog is read once from the pack that data/compiler makes of data/*.json, and never changes.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/engine/engine.h"
#include "core/hardware/device.h"
#include "core/model/architecture.h"
#include "core/model/format.h"
#include "core/result.h"
#include "core/scenario.h"
#include "core/speed/calibration.h"

namespace headroom {

enum class ModelKind : std::uint8_t { llm, vlm, embedding, reranker, asr, image, video, tts, audio };
enum class FactConfidence : std::uint8_t { low, medium, high };

// Rank of a model for a workload within one benchmark source, 0 (worst) .. 1 (best).
struct QualityRank {
  std::uint8_t workload = 0;  // index into Catalog::workloads()
  float rank = 0;
  float score = 0;  // as published
  std::string_view benchmark, source, date;
};

struct ModelEntry {
  std::string_view id, name, hf_id, family, developer, license, release, native_precision;
  ModelKind kind = ModelKind::llm;
  FactConfidence confidence = FactConfidence::low;
  std::vector<std::string_view> capabilities;
  std::vector<std::string_view> distribution;  // "gguf", "mlx", "ollama"
  std::string_view ollama;                     // tag, or empty
  bool gguf_supported = false;                 // llama.cpp runs the architecture
  std::uint32_t architecture = 0;              // 0: only components are known; else equal for equal architectures
  std::uint32_t network = 0;                   // likewise; else equal for models that are same_network()
  std::uint64_t total_params = 0, active_params = 0;
  std::uint32_t max_context = 0;
  std::uint32_t vocab = 0;        // entries
  std::string_view gguf_arch;     // as in Architecture
  bool compressed_cache = false;  // some layers keep compressed entries (DeepSeek V4)
  std::vector<QualityRank> quality;
  [[nodiscard]] bool has_architecture() const { return architecture != 0; }
  [[nodiscard]] ModelTraits traits() const { return {gguf_arch, native_precision}; }
  // What the estimator covers: language, vision-language, embedding and speech recognition models with known shapes.
  [[nodiscard]] bool is_text() const { return kind <= ModelKind::asr && has_architecture(); }
  // Writes all tokens of a passage at once, and better with every pass over it: none comes after another.
  [[nodiscard]] bool denoises() const {
    return std::find(capabilities.begin(), capabilities.end(), "diffusion_lm") != capabilities.end();
  }
  // Asked something, it answers. Others turn speech into text, or a text into a vector or a grade.
  [[nodiscard]] bool converses() const { return kind == ModelKind::llm || kind == ModelKind::vlm; }
  // Others turn a text into a vector or a grade.
  [[nodiscard]] bool generates() const { return kind != ModelKind::embedding && kind != ModelKind::reranker; }
};

struct DeviceEntry {
  Device device;
  FactConfidence confidence = FactConfidence::low;
  std::string also_called;      // by which people know it, beside its name
  bool china_only = false;      // made for the market of China
  std::uint32_t per_board = 1;  // as many stand on one board, and only the board is sold
  double price_usd = -1;        // newest dated price to buy one; < 0 unknown
  std::string_view price_date, price_basis;
  double rent_usd_hour = -1;
  std::string_view rent_date;
};

struct WorkloadEntry {
  Workload workload;
  WorkloadTargets targets;
};

struct ModeEntry {
  std::string id;
  Mode mode = Mode::balanced;
  ScoreWeights weights;
};

class Catalog {
 public:
  // Reads a pack. The bytes must outlive the catalog (string views point into them).
  static Result<std::unique_ptr<Catalog>> load(std::span<const std::uint8_t> pack);
  ~Catalog();

  [[nodiscard]] std::span<const ModelEntry> models() const;
  [[nodiscard]] std::span<const DeviceEntry> devices() const;
  [[nodiscard]] std::span<const Format> formats() const;
  [[nodiscard]] std::span<const Engine> engines() const;
  [[nodiscard]] std::span<const WorkloadEntry> workloads() const;
  [[nodiscard]] std::span<const ModeEntry> modes() const;
  [[nodiscard]] std::span<const Host> hosts() const;
  [[nodiscard]] std::span<const Link> links() const;
  [[nodiscard]] const Calibration& calibration() const;

  // Index of an id, exact match; nullopt when unknown.
  [[nodiscard]] std::optional<std::size_t> find_model(std::string_view id) const;
  [[nodiscard]] std::optional<std::size_t> find_device(std::string_view id) const;
  [[nodiscard]] const Format* find_format(std::string_view id) const;
  [[nodiscard]] const Engine* find_engine(std::string_view id) const;
  [[nodiscard]] const WorkloadEntry* find_workload(std::string_view id) const;
  // The ids most like a misspelled one, best first, for error messages.
  static constexpr std::size_t kSuggestions = 3;  // as many as a message can well name
  [[nodiscard]] std::vector<std::string_view> nearest_models(std::string_view id, std::size_t count) const;
  [[nodiscard]] std::vector<std::string_view> nearest_devices(std::string_view id, std::size_t count) const;

  // The architecture of a text model, decoded on demand. Not for image, video and audio generators.
  [[nodiscard]] Architecture architecture(std::size_t model) const;
  // Models with equal architectures have equal indices, so that what depends on the architecture is computed once;
  // 0 = no architecture.
  [[nodiscard]] std::size_t architecture_index(std::size_t model) const;
  // The full fact as JSON text (sources, confidence, conflicts, notes): what hr.model() and hr.hardware() return.
  [[nodiscard]] std::string model_record(std::size_t model) const;
  [[nodiscard]] std::string device_record(std::size_t device) const;
  // A named section of the pack as raw bytes ("measurements", "texts/en"); empty when missing.
  [[nodiscard]] std::span<const std::uint8_t> section(std::string_view name) const;
  [[nodiscard]] std::string_view data_date() const;
  // Whether the device's price can stand for what it costs now: one of years ago is that of its launch, or of a market
  // that is gone.
  [[nodiscard]] bool has_price_of_today(const DeviceEntry& device) const;

 private:
  Catalog();
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace headroom
